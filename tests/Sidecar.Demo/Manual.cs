using Sidecar.Testing;

namespace Sidecar.Demo;

/// <summary>Tells how to go on by hand.</summary>
internal static class Manual
{
    private const string Proto = "stigg/sidecar/v1/sidecar.proto";

    /// <summary>Prints where both processes are and how to ask.</summary>
    public static void Print(EmulatorProcess emulator, SidecarProcess sidecar)
    {
        var cloud = emulator.Address.GetLeftPart(UriPartial.Authority);
        var metrics = sidecar.MetricsAddress.GetLeftPart(UriPartial.Authority);
        var grpc = sidecar.GrpcAddress.Authority;
        var protos = ProtoFolder();
        Console.WriteLine($$$"""

            Both go on until Ctrl-C.

              gRPC, plaintext HTTP/2    {{{grpc}}}
              health and metrics        {{{metrics}}}/livez  {{{metrics}}}/readyz  {{{metrics}}}/metrics
              the cloud's control API   {{{cloud}}}/_control/customers  {{{cloud}}}/_control/counters
              proto file                {{{Path.Combine(protos, Proto)}}}

            Ask with grpcurl:

            grpcurl -plaintext -import-path {{{protos}}} -proto {{{Proto}}} \
              -d '{"customer_id": "customer-demo", "feature_id": "feature-api-calls", "options": {"requested_usage": 1}}' \
              {{{grpc}}} stigg.sidecar.v1.SidecarService/GetMeteredEntitlement

            Ask with Python (packages grpcio and grpcio-tools):

            python3 -m grpc_tools.protoc -I {{{protos}}} --python_out=. --grpc_python_out=. {{{Proto}}}
            python3 - <<'END'
            import grpc
            from stigg.sidecar.v1 import sidecar_pb2 as pb, sidecar_pb2_grpc as rpc
            sidecar = rpc.SidecarServiceStub(grpc.insecure_channel("{{{grpc}}}"))
            print(sidecar.GetBooleanEntitlement(pb.GetBooleanEntitlementRequest(
                customer_id="customer-demo", feature_id="feature-sso")))
            END

            Ask with Node (packages @grpc/grpc-js and @grpc/proto-loader):

            node - <<'END'
            const grpc = require("@grpc/grpc-js");
            const loaded = require("@grpc/proto-loader").loadSync("{{{Proto}}}", { includeDirs: ["{{{protos}}}"] });
            const { SidecarService } = grpc.loadPackageDefinition(loaded).stigg.sidecar.v1;
            const sidecar = new SidecarService("{{{grpc}}}", grpc.credentials.createInsecure());
            sidecar.GetEntitlementV2({ customerId: "customer-demo", currencyId: "cred-type-tokens" },
              (error, reply) => { console.log(error ?? reply); sidecar.close(); });
            END

            Use up the API calls of customer-demo (a change in the cloud is seen at the second question after 10 s):

            curl -X PUT {{{cloud}}}/_control/customers/customer-demo/usage \
              -d '{"feature": "feature-api-calls", "currentUsage": 1000}'

            End the cloud, and ask on:

            kill {{{emulator.Id}}}
            """);
    }

    // The program lies in a folder below the repository's.
    private static string ProtoFolder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Sidecar.sln")))
            folder = folder.Parent;
        return Path.Combine(folder?.FullName ?? ".", "src", "Sidecar.Protocol", "Protos");
    }
}
