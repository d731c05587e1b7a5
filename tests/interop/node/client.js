// Takes the steps of the interop suite with @grpc/grpc-js; prints one JSON line a step.
// Arguments: the address, the folder of the proto files, and the file of the steps.
'use strict';

const grpc = require('@grpc/grpc-js');
const protoLoader = require('@grpc/proto-loader');
const fs = require('node:fs');

const [address, protos, stepsFile] = process.argv.slice(2);
const definition = protoLoader.loadSync('stigg/sidecar/v1/sidecar.proto', { includeDirs: [protos], enums: String });
const { SidecarService } = grpc.loadPackageDefinition(definition).stigg.sidecar.v1;

// The numbers by which grpc-js knows them.
const compressions = { deflate: 1, gzip: 2 };
const codes = Object.fromEntries(Object.entries(grpc.status).map(([name, code]) => [code, name]));

function channelOptions(step) {
  const options = {
    // Or a channel of the step before, with the same options, would be taken.
    'grpc.use_local_subchannel_pool': 1,
  };
  if (step.compression)
    options['grpc.default_compression_algorithm'] = compressions[step.compression];
  if (step.maxAnswerBytes)
    options['grpc.max_receive_message_length'] = step.maxAnswerBytes;
  return options;
}

// This library reads no dates from JSON.
function withDates(request) {
  for (const part of [request, ...(request.usages ?? []), ...(request.events ?? [])]) {
    if (typeof part.timestamp === 'string')
      part.timestamp = { seconds: Math.floor(Date.parse(part.timestamp) / 1000) };
  }
  return request;
}

function take(step) {
  const client = new SidecarService(address, grpc.credentials.createInsecure(), channelOptions(step));
  const method = SidecarService.service[step.call];
  const options = { deadline: Date.now() + step.deadlineMs };
  const [serialize, request] = step.raw === undefined
    ? [method.requestSerialize, withDates(step.request)]
    : [bytes => bytes, Buffer.from(step.raw, 'base64')];
  return new Promise(resolve => {
    client.makeUnaryRequest(
      method.path, serialize, method.responseDeserialize, request, new grpc.Metadata(), options,
      (error, answer) => {
        client.close();
        if (error)
          resolve({ name: step.name, code: codes[error.code], message: error.details });
        else
          resolve({ name: step.name, code: 'OK', answer: step.countOnly ? { count: answer.entitlements.length } : answer });
      });
  });
}

(async () => {
  for (const step of JSON.parse(fs.readFileSync(stepsFile, 'utf8')))
    console.log(JSON.stringify(await take(step)));
})();
