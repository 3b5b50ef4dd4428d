// Talks to `immure mcp` with the protocol's reference client. usage: mcp_client.mjs IMMURE WORK KEY
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

const [immure, work, key] = process.argv.slice(2);
let failures = 0;
function fact(name, holds, seen) {
  console.log(`${holds ? 'ok' : 'not ok'} ReferenceClient/${name}`);
  if (holds) return;
  failures += 1;
  console.log(`    ${JSON.stringify(seen)}`.slice(0, 2000));
}

const transport = new StdioClientTransport({
  command: immure, args: ['mcp', '--allow', work, '--key', key], env: process.env, stderr: 'inherit',
});
const client = new Client({ name: 'test', version: '1' }, { capabilities: {} });
const errors = [];
client.onerror = (error) => errors.push(error.message);
await client.connect(transport);
fact('Connects', client.getServerVersion().name === 'immure', client.getServerVersion());
const { tools } = await client.listTools();
fact('ListsTools', tools.map((tool) => tool.name).join() === 'run,explain,verify,show,doctor,inspect', tools);

// The client checks each structured result by the schema that the server has listed.
const call = (name, args, options) => client.callTool({ name, arguments: args }, undefined, { timeout: 200000, ...options });
const run = await call('run', { input: ['drop'], output: 'out', program: 'cp', arguments: ['/in/a.txt', '/out/b.txt'] });
fact('Run', run.structuredContent.verdict === 'ACCEPTED' && run.structuredContent.outputs[0].name === 'b.txt', run);
for (const [name, args] of [
  ['verify', { evidence: 'out.evidence.json', artifacts: 'out' }], ['show', { evidence: 'out.evidence.json' }],
  ['explain', { input: ['drop'], program: 'true' }], ['inspect', { drop: 'drop', output: 'report' }],
]) {
  const result = await call(name, args);
  fact(name[0].toUpperCase() + name.slice(1), result.isError === false && result.structuredContent.exitCode === 0, result);
}
const refused = await call('run', { input: ['/etc'], output: 'x', program: 'true' });
fact('Refused', refused.isError === true && refused.content[0].text.includes('outside'), refused);

const seen = [];
await call('run', { input: ['drop'], output: 'slow', program: 'sleep', arguments: ['2'] }, { onprogress: (one) => seen.push(one) });
fact('Progress', seen.length > 0 && seen[0].total > 0, seen);
const abort = new AbortController();
const cancelled = call('run', { input: ['drop'], output: 'cancelled', program: 'sleep', arguments: ['1000.8'] },
  { signal: abort.signal }).catch((error) => error.message);
setTimeout(() => abort.abort('enough'), 500);
fact('Cancel', String(await cancelled).includes('enough'), String(await cancelled));
fact('Ping', JSON.stringify(await client.ping()) === '{}');
await client.close();
fact('NoProtocolErrors', errors.length === 0, errors);
process.exit(failures > 0 ? 1 : 0);
