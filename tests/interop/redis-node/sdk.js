// Runs Stigg's own Node SDK on a Redis that it shares with others. Takes a command a line, in JSON, and answers each in a line.
// Environment: CLOUD, API_KEY, REDIS_PORT, REDIS_PREFIX.
'use strict';

const readline = require('node:readline');
const { LogLevel, Stigg } = require('@stigg/node-server-sdk');

const { CLOUD, API_KEY, REDIS_PORT, REDIS_PREFIX } = process.env;
const counts = { hits: 0, misses: 0, failures: 0 };

// Standard output is for answers. The SDK merges what it is given into the console, so that neither may use that.
const tell = (...words) => void process.stderr.write(`${words.map(word => (word && word.stack) || JSON.stringify(word)).join(' ')}\n`);
const log = Object.fromEntries(['log', 'info', 'debug', 'warn', 'error'].map(level => [level, tell]));
const answer = what => void process.stdout.write(`${JSON.stringify(what)}\n`);

const ask = {
  BOOLEAN: 'getBooleanEntitlement',
  NUMERIC: 'getNumericEntitlement',
  METERED: 'getMeteredEntitlement',
  ENUM: 'getEnumEntitlement',
};

async function start() {
  const stigg = Stigg.initialize({
    apiKey: API_KEY,
    baseUri: CLOUD,
    baseEdgeUri: CLOUD,
    realtimeUpdatesEnabled: false,
    entitlementsTimeout: 2000,
    logConfiguration: { logger: log, logLevel: LogLevel.ERROR },
    redis: { host: '127.0.0.1', port: Number(REDIS_PORT), environmentPrefix: REDIS_PREFIX },
  });
  stigg.addListener('cacheHit', () => counts.hits++);
  stigg.addListener('cacheMiss', () => counts.misses++);
  stigg.addListener('networkRequestFailed', () => counts.failures++);
  await stigg.waitForInitialization();
  return stigg;
}

const commands = {
  ask: (stigg, { kind, customerId, resourceId, featureId, requestedUsage, requestedValues }) =>
    stigg[ask[kind]]({ customerId, resourceId, featureId, options: { requestedUsage, requestedValues } }),

  list: (stigg, { customerId, resourceId }) => stigg.getEntitlements(customerId, resourceId),

  report: (stigg, { customerId, resourceId, featureId, value }) =>
    stigg.reportUsage({ customerId, resourceId, featureId, value, updateBehavior: 'SET' }),

  // Reads a customer from the cloud and writes it, as after a miss.
  fetch: async (stigg, { customerId, resourceId }) => {
    await stigg.entitlementsService.refetchEntitlements({ customerId, resourceId, triggeredBy: 'test' });
    return {};
  },

  counts: async () => counts,

  // Reports and reads again, over and over, some at once.
  race: async (stigg, { customerIds, featureId, seconds }) => {
    const end = Date.now() + seconds * 1000;
    let reports = 0;
    let fetches = 0;
    await Promise.all(customerIds.map(async (customerId, i) => {
      for (let n = 0; Date.now() < end; n++) {
        if ((n + i) % 3 === 0) {
          await commands.fetch(stigg, { customerId });
          fetches++;
        } else {
          await commands.report(stigg, { customerId, featureId, value: 1000 + n });
          reports++;
        }
      }
    }));
    return { reports, fetches };
  },
};

async function main() {
  const stigg = await start();
  answer({ ok: {} });
  for await (const line of readline.createInterface({ input: process.stdin })) {
    try {
      const { command, ...words } = JSON.parse(line);
      answer({ ok: (await commands[command](stigg, words)) ?? null });
    } catch (error) {
      answer({ error: String(error && error.stack) });
    }
  }
  process.exit(0);
}

main().catch(error => {
  tell(error);
  process.exit(1);
});
