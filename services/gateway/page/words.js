const en = {
  language: 'en',
  other: { language: 'ja', short: 'JA', name: '日本語' },
  title: 'AVzeus: five faces, ten people',
  faces: {
    heading: 'Which faces draw you in?',
    lead: 'Tap five of the nine, favourite first. Tap a face again to take it back.',
    grid: 'Nine faces to choose from',
    tray: 'Your ranking',
    empty: 'empty',
    ranked: (name, rank) => `${name}, rank ${rank} of 5`,
    count: (n) => `${n} of 5 chosen`,
    full: 'Five are chosen. Tap one to undo.',
    submit: 'Show my ten',
    submitting: 'Finding your ten…',
    loading: 'Loading…',
    preparing: 'The catalogue is still being prepared…',
    preparingDetail: 'The faces appear here by themselves as soon as it is ready.',
    changed: 'The catalogue has changed',
    changedDetail: 'These are its new faces. Please choose your five again.',
    renewed: 'The catalogue was renewed: these are its faces now.',
  },
  slate: {
    heading: 'Your ten',
    lead: 'Tap your favourite, or follow a link. The policy learns from it: rank 1 earns 0, rank 10 earns −0.9.',
    rank: 'Rank',
    link: (label, name) => `${label}: ${name} (opens in a new tab)`,
    prompt: 'Who is your favourite?',
    promptDetail: 'Your first click counts.',
    sending: 'Telling the policy…',
    earned: (rank, reward) => `rank ${rank} · reward ${reward}`,
    chosen: (name) => `You chose ${name}`,
    onlyFirst: 'Only the first click counts',
    stays: (name, earned) => `${name}: ${earned}`,
    restart: 'Start again',
  },
  policy: {
    heading: 'The policy',
    lead: 'How much each of your five faces counts. Every first click moves it.',
    pill: 'Policy',
    live: 'live',
    reconnecting: 'reconnecting…',
    version: 'version',
    clicks: 'clicks applied',
    reward: 'recent reward',
    faces: ['first face', 'second face', 'third face', 'fourth face', 'fifth face'],
    fixed: '1 · fixed',
    updated: (time, learner) => `Updated ${time}${learner ? ` · learner ${learner}` : ''}`,
    unknown: 'Not known yet.',
    slate: (version) => `chose your ten, drawn from ${version ? `policy ${version}` : 'the initial policy'}`,
  },
  problem: {
    retry: 'Try again',
    unexpected: 'Something went wrong',
    unreachable: { title: 'The server does not answer', detail: 'Check the connection, then try again.' },
  },
};

const ja = {
  language: 'ja',
  other: { language: 'en', short: 'EN', name: 'English' },
  title: 'AVzeus:五つの顔から、十人へ',
  faces: {
    heading: '惹かれる顔は?',
    lead: '九つの顔から、好きな順に五つタップしてください。もう一度タップすると取り消せます。',
    grid: '九つの顔',
    tray: 'あなたの順位',
    empty: '未選択',
    ranked: (name, rank) => `${name}、5つのうち${rank}位`,
    count: (n) => `5つのうち${n}つ選択`,
    full: '五つ選択済みです。タップで取り消せます。',
    submit: '十人を見る',
    submitting: '選んでいます…',
    loading: '読み込み中…',
    preparing: 'カタログを準備しています…',
    preparingDetail: '準備ができしだい、ここに顔が表示されます。',
    changed: 'カタログが更新されました',
    changedDetail: '新しい顔です。もう一度五つ選んでください。',
    renewed: 'カタログが更新され、新しい顔になりました。',
  },
  slate: {
    heading: 'あなたの十人',
    lead: 'いちばん好きな人をタップするか、リンクを開いてください。1位の報酬は0、10位は−0.9。ここから方策が学びます。',
    rank: '順位',
    link: (label, name) => `${label}:${name}(新しいタブで開く)`,
    prompt: 'いちばん好きなのは?',
    promptDetail: '最初のクリックだけが数えられます。',
    sending: '送信しています…',
    earned: (rank, reward) => `${rank}位 · 報酬 ${reward}`,
    chosen: (name) => `${name}を選びました`,
    onlyFirst: '数えられるのは最初のクリックだけです',
    stays: (name, earned) => `${name}:${earned}`,
    restart: '最初から',
  },
  policy: {
    heading: '方策',
    lead: '五つの顔それぞれの重みです。最初のクリックのたびに少しずつ動きます。',
    pill: '方策',
    live: '接続中',
    reconnecting: '再接続中…',
    version: 'バージョン',
    clicks: '反映済みクリック',
    reward: '最近の報酬',
    faces: ['1番目の顔', '2番目の顔', '3番目の顔', '4番目の顔', '5番目の顔'],
    fixed: '1 · 固定',
    updated: (time, learner) => `更新 ${time}${learner ? ` · 学習 ${learner}` : ''}`,
    unknown: 'まだ分かりません。',
    slate: (version) => `十人を選んだ重み(${version ? `方策 ${version}` : '初期方策'} から)`,
  },
  problem: {
    retry: 'もう一度',
    unexpected: '問題が発生しました',
    unreachable: { title: 'サーバーが応答しません', detail: '接続を確認して、もう一度お試しください。' },
  },
};

const languages = { en, ja };
const wanted = [new URLSearchParams(location.search).get('lang'), ...navigator.languages.map((tag) => tag.split('-')[0])];

/** The page's words in the language asked for in the address (`?lang=ja`), else the browser's first that is spoken here. */
export const words = languages[wanted.find((language) => Object.hasOwn(languages, language)) ?? 'en'];

const trueMinus = (text) => text.replace('-', '−');

/** The reward of one click, as short as it is exact: 0, −0.2. */
export const reward = (value) => trueMinus(String(Math.round(value * 1000) / 1000));

/** A mean of rewards, always with three decimals. */
export const meanReward = (value) => trueMinus(value.toFixed(3));
