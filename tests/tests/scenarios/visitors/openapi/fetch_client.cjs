/** Recommends and clicks with openapi-fetch, as whoever types it by contract/openapi.d.ts does: `node fetch_client.cjs ADDRESS`. */
const assert = require('node:assert/strict');
const createClient = require('openapi-fetch').default;

/** @type {import('openapi-fetch').Client<import('../../../../../services/gateway/contract/openapi').paths>} */
const client = createClient({ baseUrl: process.argv[2] });

async function recommendAndClick() {
  const { data: faces } = await client.GET('/api/v1/representatives');
  assert.equal(faces.representatives.length, 9);
  const asked = { catalogue_version: faces.catalogue_version, ranking: [4, 0, 8, 2, 6] };
  const { data: slate } = await client.POST('/api/v1/recommendations', { body: asked });
  assert.deepEqual(slate.people.map(({ rank }) => rank), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const clicked = { recommendation_id: slate.recommendation_id, person_id: slate.people[1].id };
  const { data: answer, response } = await client.POST('/api/v1/clicks', { body: clicked });
  assert.deepEqual([response.status, answer.rank, answer.duplicate ?? false], [202, 2, false]);
  const { error } = await client.POST('/api/v1/recommendations', { body: { ...asked, ranking: [4] } });
  assert.deepEqual([error.status, error.field], [422, 'ranking']);
  console.log(`a click on rank ${answer.rank} earned ${answer.reward}`);
}

recommendAndClick();
