# frozen_string_literal: true

# Takes the steps of the interop suite with gRPC core in Ruby; prints one JSON line a step.
# Arguments: the address and the file of the steps. The generated files are found by RUBYLIB.

require 'base64'
require 'grpc'
require 'json'
require 'stigg/sidecar/v1/sidecar_services_pb'

SERVICE = Stigg::Sidecar::V1::SidecarService
METHODS = SERVICE::Service.rpc_descs
CODES = GRPC::Core::StatusCodes.constants.to_h { |name| [GRPC::Core::StatusCodes.const_get(name), name.to_s] }

def channel_options(step)
  # Or a connection of the step before would be taken, with that one's options.
  options = { 'grpc.use_local_subchannel_pool' => 1 }
  options['grpc.max_metadata_size'] = step['maxHeaderListBytes'] if step['maxHeaderListBytes']
  options['grpc.max_receive_message_length'] = step['maxAnswerBytes'] if step['maxAnswerBytes']
  if step['compression']
    compression = GRPC::Core::CompressionOptions.new(default_algorithm: step['compression'].to_sym)
    options.merge!(compression.to_channel_arg_hash)
  end
  options
end

def ask(step)
  stub = SERVICE::Stub.new(ARGV[0], :this_channel_is_insecure, channel_args: channel_options(step))
  method = METHODS.fetch(step['call'].to_sym)
  deadline = Time.now + (step['deadlineMs'] / 1000.0)
  if step['raw']
    path = "/stigg.sidecar.v1.SidecarService/#{step['call']}"
    message = Base64.decode64(step['raw'])
    return stub.request_response(path, message, ->(bytes) { bytes }, method.output.method(:decode), deadline: deadline)
  end
  request = method.input.decode_json(JSON.generate(step['request']))
  stub.public_send(GRPC::GenericService.underscore(step['call']), request, deadline: deadline)
end

def take(step)
  answer = ask(step)
  shown = step['countOnly'] ? { count: answer.entitlements.size } : JSON.parse(answer.class.encode_json(answer))
  { name: step['name'], code: 'OK', answer: shown }
rescue GRPC::BadStatus => e
  { name: step['name'], code: CODES.fetch(e.code), message: e.details }
end

$stdout.sync = true
JSON.parse(File.read(ARGV[1])).each { |step| puts JSON.generate(take(step)) }
