using FluentAssertions;
using Google.Protobuf;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing.Http2;
using Stigg.Sidecar.V1;
using Xunit;

namespace Sidecar.EndToEnd.Tests;

/// <summary>What is answered without the gRPC framework looks on the wire as if it had been: no client can tell the two ways apart.</summary>
public sealed class QuickAnswerSpecs(SharedService shared) : IClassFixture<SharedService>
{
    private const string Customer = "customer-demo";

    // A call that might be compressed is left to the framework, also where its message is not.
    private static readonly (string Name, string Value) Slowly = ("grpc-encoding", "gzip");

    public static TheoryData<string, byte[]> Questions => new()
    {
        { "GetBooleanEntitlement", new GetBooleanEntitlementRequest { CustomerId = Customer, FeatureId = "feature-sso" }.ToByteArray() },
        { "GetBooleanEntitlement", new GetBooleanEntitlementRequest { CustomerId = Customer, FeatureId = "feature-api-calls" }.ToByteArray() },
        { "GetNumericEntitlement", new GetNumericEntitlementRequest { CustomerId = Customer, FeatureId = "feature-seats-max" }.ToByteArray() },
        {
            "GetMeteredEntitlement",
            new GetMeteredEntitlementRequest { CustomerId = Customer, FeatureId = "feature-api-calls", Options = new() { RequestedUsage = 5 } }.ToByteArray()
        },
        {
            "GetEnumEntitlement",
            new GetEnumEntitlementRequest { CustomerId = Customer, FeatureId = "none", Options = new() { RequestedValues = { "a" } } }.ToByteArray()
        },
        { "GetEntitlement", new GetEntitlementRequest { CustomerId = Customer, FeatureId = "feature-api-calls" }.ToByteArray() },
        { "GetEntitlement", new GetEntitlementRequest { CustomerId = Customer, FeatureId = "none" }.ToByteArray() },
        { "GetEntitlementV2", new GetEntitlementV2Request { CustomerId = Customer, CurrencyId = "none" }.ToByteArray() },
        { "GetEntitlements", new GetEntitlementsRequest { CustomerId = Customer }.ToByteArray() },
        { "GetEntitlementsStateV2", new GetEntitlementsStateV2Request { CustomerId = Customer }.ToByteArray() },
    };

    [Theory]
    [MemberData(nameof(Questions))]
    public async Task Both_ways_look_the_same(string method, byte[] question)
    {
        await using var connection = await RawHttp2Connection.ConnectAsync(shared.It.Service.GrpcAddress);
        var path = $"/stigg.sidecar.v1.SidecarService/{method}";
        // From here on memory knows the customer.
        await connection.CallAsync(path, question);

        var quick = await connection.CallAsync(path, question);
        var slow = await connection.CallAsync(path, question, Slowly);

        quick.GrpcStatus.Should().Be("0");
        quick.Body.Should().Equal(slow.Body);
        quick.Headers.Where(IsSteady).Should().Equal(slow.Headers.Where(IsSteady));
        quick.Trailers.Should().Equal(slow.Trailers);

        static bool IsSteady(KeyValuePair<string, string> header) => header.Key is not "date";
    }

    [Theory]
    [InlineData("GetBooleanEntitlement")]
    [InlineData("GetEntitlements")]
    public async Task Bad_question_looks_the_same_too(string method)
    {
        await using var connection = await RawHttp2Connection.ConnectAsync(shared.It.Service.GrpcAddress);
        var path = $"/stigg.sidecar.v1.SidecarService/{method}";

        var quick = await connection.CallAsync(path, []);

        quick.GrpcStatus.Should().Be("3");
        quick.Trailers.Should().Equal((await connection.CallAsync(path, [], Slowly)).Trailers);
    }
}
