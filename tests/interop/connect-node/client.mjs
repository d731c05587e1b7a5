// Asks with Connect's own client; prints one JSON line a call.
// Arguments: the address, and the file of the descriptors.
import { readFileSync } from 'node:fs';
import { createFileRegistry, fromBinary, toJson } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';

const [address, descriptors] = process.argv.slice(2);
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(descriptors)));
const service = registry.getService('stigg.sidecar.v1.SidecarService');

async function ask(useBinaryFormat, method, request, headers = {}) {
  const client = createClient(service, createConnectTransport({ baseUrl: address, httpVersion: '1.1', useBinaryFormat }));
  const trailers = {};
  try {
    const answer = await client[method](request, { headers, timeoutMs: 5000, onTrailer: all => all.forEach((value, name) => { trailers[name] = value; }) });
    return { answer: toJson(service.method[method].output, answer, { registry }), trailers };
  } catch (error) {
    const connect = ConnectError.from(error);
    return { code: Code[connect.code], message: connect.rawMessage };
  }
}

const question = { customerId: 'customer-demo', featureId: 'feature-api-calls', options: { requestedUsage: 5 } };
for (const useBinaryFormat of [false, true]) {
  console.log(JSON.stringify(await ask(useBinaryFormat, 'getMeteredEntitlement', question, { 'x-sidecar-explain': '1' })));
  console.log(JSON.stringify(await ask(useBinaryFormat, 'getMeteredEntitlement', { featureId: 'feature-api-calls' })));
}
