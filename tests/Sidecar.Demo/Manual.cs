using Sidecar.Testing;

namespace Sidecar.Demo;

/// <summary>Tells how to go on by hand.</summary>
internal static class Manual
{
    /// <summary>The token of the demo's diagnostics. It is no secret: the demo listens on the loopback, and holds made-up customers.</summary>
    public const string Token = "token-of-the-demo";

    private const string Proto = "stigg/sidecar/v1/sidecar.proto";

    /// <summary>Prints where both processes are and how to ask.</summary>
    public static void Print(EmulatorProcess emulator, SidecarProcess sidecar)
    {
        var cloud = emulator.Address.GetLeftPart(UriPartial.Authority);
        var metrics = sidecar.MetricsAddress.GetLeftPart(UriPartial.Authority);
        var grpc = sidecar.GrpcAddress.Authority;
        var http = sidecar.HttpAddress.GetLeftPart(UriPartial.Authority);
        var diagnostics = sidecar.DiagnosticsAddress.GetLeftPart(UriPartial.Authority);
        var protos = ProtoFolder();
        var program = $"dotnet {Path.Combine(AppContext.BaseDirectory, "sidecar.dll")}";
        Console.WriteLine($$$"""

            Both go on until Ctrl-C.

              gRPC, plaintext HTTP/2    {{{grpc}}}
              the same as JSON          {{{http}}}, path /openapi.json
              health and metrics        {{{metrics}}}, paths /livez /readyz /metrics
              the status page           {{{metrics}}}/status
              diagnostics               {{{diagnostics}}}, token {{{Token}}}
              the cloud's control API   {{{cloud}}}, paths /_control/customers /_control/counters
              proto file                {{{Path.Combine(protos, Proto)}}}

            Ask by the command line, and look at the customer:

            {{{program}}} check customer-at-limit feature-api-calls --usage 1 --service {{{grpc}}}
            DIAGNOSTICS_TOKEN={{{Token}}} {{{program}}} diag customer customer-at-limit --address {{{diagnostics}}}

            Ask with curl:

            curl -H 'content-type: application/json' {{{http}}}/stigg.sidecar.v1.SidecarService/GetMeteredEntitlement \
              -d '{"customerId": "customer-demo", "featureId": "feature-api-calls", "options": {"requestedUsage": 1}}'

            Ask with grpcurl:

            grpcurl -plaintext -import-path {{{protos}}} -proto {{{Proto}}} \
              -d '{"customer_id": "customer-demo", "feature_id": "feature-api-calls", "options": {"requested_usage": 1}}' \
              {{{grpc}}} stigg.sidecar.v1.SidecarService/GetMeteredEntitlement

            Ask with Python (packages grpcio and protobuf, and the compiler protoc):

            protoc -I {{{protos}}} --python_out=. {{{Proto}}}
            python3 - <<'END'
            import grpc
            from stigg.sidecar.v1.sidecar_pb2 import GetBooleanEntitlementRequest, GetBooleanEntitlementResponse
            ask = grpc.insecure_channel("{{{grpc}}}").unary_unary(
                "/stigg.sidecar.v1.SidecarService/GetBooleanEntitlement",
                request_serializer=GetBooleanEntitlementRequest.SerializeToString,
                response_deserializer=GetBooleanEntitlementResponse.FromString)
            print(ask(GetBooleanEntitlementRequest(customer_id="customer-demo", feature_id="feature-sso")))
            END

            Ask with Node (packages @grpc/grpc-js and @grpc/proto-loader):

            node - <<'END'
            const grpc = require("@grpc/grpc-js");
            const { loadSync } = require("@grpc/proto-loader");
            const loaded = loadSync("{{{Proto}}}", { includeDirs: ["{{{protos}}}"] });
            const { SidecarService } = grpc.loadPackageDefinition(loaded).stigg.sidecar.v1;
            const sidecar = new SidecarService("{{{grpc}}}", grpc.credentials.createInsecure());
            sidecar.GetEntitlementV2({ customerId: "customer-demo", currencyId: "cred-type-tokens" },
              (error, reply) => { console.log(error ?? reply); sidecar.close(); });
            END

            Use up the API calls of customer-demo (the next question sees it):

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
