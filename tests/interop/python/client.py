"""Takes the steps of the interop suite with gRPC core in Python; prints one JSON line a step.

Arguments: the address and the file of the steps. The generated modules are found by PYTHONPATH.
"""
import base64
import json
import sys

import grpc
from google.protobuf import json_format
from stigg.sidecar.v1 import sidecar_pb2, sidecar_pb2_grpc

COMPRESSIONS = {"gzip": grpc.Compression.Gzip, "deflate": grpc.Compression.Deflate}
METHODS = sidecar_pb2.DESCRIPTOR.services_by_name["SidecarService"].methods_by_name


def channel_options(step):
    options = []
    if "maxHeaderListBytes" in step:
        options.append(("grpc.max_metadata_size", step["maxHeaderListBytes"]))
    if "maxAnswerBytes" in step:
        options.append(("grpc.max_receive_message_length", step["maxAnswerBytes"]))
    # Or a connection of the step before would be taken, with that one's options.
    options.append(("grpc.use_local_subchannel_pool", 1))
    return options


def ask(channel, step):
    limits = {"timeout": step["deadlineMs"] / 1000}
    if "raw" in step:
        answers = getattr(sidecar_pb2, METHODS[step["call"]].output_type.name)
        call = channel.unary_unary(
            "/stigg.sidecar.v1.SidecarService/" + step["call"],
            request_serializer=lambda message: message,
            response_deserializer=answers.FromString,
        )
        return call(base64.b64decode(step["raw"]), **limits)
    requests = getattr(sidecar_pb2, METHODS[step["call"]].input_type.name)
    stub = sidecar_pb2_grpc.SidecarServiceStub(channel)
    return getattr(stub, step["call"])(json_format.ParseDict(step["request"], requests()), **limits)


def take(step):
    compression = COMPRESSIONS.get(step.get("compression"))
    with grpc.insecure_channel(sys.argv[1], options=channel_options(step), compression=compression) as channel:
        try:
            answer = ask(channel, step)
        except grpc.RpcError as error:
            return {"name": step["name"], "code": error.code().name, "message": error.details()}
    if step.get("countOnly"):
        return {"name": step["name"], "code": "OK", "answer": {"count": len(answer.entitlements)}}
    return {"name": step["name"], "code": "OK", "answer": json_format.MessageToDict(answer)}


with open(sys.argv[2], encoding="utf-8") as file:
    for one in json.load(file):
        print(json.dumps(take(one)), flush=True)
