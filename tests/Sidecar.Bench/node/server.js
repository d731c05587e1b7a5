// The service as a plain Node server would be: one process, a Map look-up, no cloud behind it.
// Arguments: the proto file, the customer, the feature, and the reply to give, in base64.
'use strict';

const grpc = require('@grpc/grpc-js');
const protoLoader = require('@grpc/proto-loader');
const path = require('node:path');

const [protoFile, customerId, featureId, reply] = process.argv.slice(2);
// google/protobuf/*.proto come with the loader.
const definition = protoLoader.loadSync(path.resolve(protoFile), { defaults: false });
const { service } = grpc.loadPackageDefinition(definition).stigg.sidecar.v1.SidecarService;

const entitlements = new Map();
entitlements.set(
  `${customerId}\n${featureId}`,
  service.GetMeteredEntitlement.responseDeserialize(Buffer.from(reply, 'base64')));

const server = new grpc.Server();
server.addService(service, {
  getMeteredEntitlement(call, callback) {
    const known = entitlements.get(`${call.request.customerId}\n${call.request.featureId}`);
    if (known)
      callback(null, known);
    else
      callback({ code: grpc.status.NOT_FOUND, details: 'there is no such entitlement' });
  },
});
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error)
    throw error;
  console.log(`Ready on http://127.0.0.1:${port}`);
});
