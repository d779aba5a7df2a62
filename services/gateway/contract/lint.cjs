/**
 * Holds the contract against Redocly's recommended rules, examples against their schemas among them: `node lint.cjs openapi.json`, with the packages of
 * deploy/setup/typescript.sh in NODE_PATH. Prints what is found, and exits 1 where one of it is an error.
 */
const { createConfig, lint } = require('@redocly/openapi-core');

async function findings(file) {
  const config = await createConfig({ extends: ['recommended'], rules: { 'no-invalid-media-type-examples': 'error' } });
  return lint({ ref: file, config });
}

findings(process.argv[2]).then((found) => {
  for (const { severity, ruleId, message, location: [{ pointer }] } of found) {
    console.log(`${severity}: ${message.trim()} (${ruleId}, at ${pointer})`);
  }
  process.exitCode = found.some(({ severity }) => severity === 'error') ? 1 : 0;
});
