// The service as a plain Node server would be: one process, a Map of customers, no cloud behind it.
// Arguments: the proto file, and a JSON file with the number of customers and the replies to each kind of them.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const grpc = require('@grpc/grpc-js');
const protoLoader = require('@grpc/proto-loader');

const [protoFile, repliesFile] = process.argv.slice(2);
// google/protobuf/*.proto come with the loader.
const definition = protoLoader.loadSync(path.resolve(protoFile), { defaults: false });
const { service } = grpc.loadPackageDefinition(definition).stigg.sidecar.v1.SidecarService;

const { customers, kinds, idPrefix, idDigits, replies } = JSON.parse(fs.readFileSync(repliesFile, 'utf8'));
const entitlements = new Map();
const byKind = Array.from({ length: kinds }, () => new Map());
for (const { method, kind, featureId, reply } of replies)
  byKind[kind].set(`${method}\n${featureId}`, service[method].responseDeserialize(Buffer.from(reply, 'base64')));
for (let i = 0; i < customers; i++)
  entitlements.set(idPrefix + String(i).padStart(idDigits, '0'), byKind[i % kinds]);

const handlers = {};
for (const method of new Set(replies.map(one => one.method))) {
  handlers[method] = (call, callback) => {
    const known = entitlements.get(call.request.customerId)?.get(`${method}\n${call.request.featureId ?? ''}`);
    if (known)
      callback(null, known);
    else
      callback({ code: grpc.status.NOT_FOUND, details: 'there is no such entitlement' });
  };
}

const server = new grpc.Server();
server.addService(service, handlers);
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error)
    throw error;
  console.log(`Ready on http://127.0.0.1:${port}`);
});
