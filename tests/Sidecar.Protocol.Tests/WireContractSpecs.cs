using FluentAssertions;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Stigg.Sidecar.V1;
using Xunit;

namespace Sidecar.Protocol.Tests;

/// <summary>
/// Guards the gRPC file: clients are compiled against it, so that a name, a number, a type or a presence that changes breaks them.
/// </summary>
/// <remarks>
/// The golden file was made from the contract's own copy of the file, by
/// <c>protoc --descriptor_set_out=sidecar.pb -I &lt;protos&gt; -I &lt;Grpc.Tools&gt;/build/native/include sidecar.proto</c> (the file by
/// its path below the first folder; no <c>--include_source_info</c>), its one file then rendered by <see cref="Rendered"/>. What the
/// build makes of the project's copy is written beside it in the output folder, as <c>sidecar.descriptor.actual.json</c>: where a
/// change is meant and breaks no client, that file takes the golden one's place.
/// </remarks>
public class WireContractSpecs
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Golden");

    [Fact]
    public async Task The_grpc_file_is_the_one_that_clients_know()
    {
        var golden = await File.ReadAllTextAsync(Path.Combine(Folder, "sidecar.descriptor.json"));
        var actual = Rendered(SidecarReflection.Descriptor.ToProto());
        await File.WriteAllTextAsync(Path.Combine(Folder, "sidecar.descriptor.actual.json"), actual);

        // Line by line: then a failure names the place.
        Lines(actual).Should().Equal(Lines(golden));
    }

    public static TheoryData<string, Type, Type> Calls() => new()
    {
        { "/stigg.sidecar.v1.SidecarService/GetEntitlements", typeof(GetEntitlementsRequest), typeof(GetEntitlementsResponse) },
        { "/stigg.sidecar.v1.SidecarService/GetEntitlement", typeof(GetEntitlementRequest), typeof(GetEntitlementResponse) },
        { "/stigg.sidecar.v1.SidecarService/GetBooleanEntitlement", typeof(GetBooleanEntitlementRequest),
            typeof(GetBooleanEntitlementResponse) },
        { "/stigg.sidecar.v1.SidecarService/GetNumericEntitlement", typeof(GetNumericEntitlementRequest),
            typeof(GetNumericEntitlementResponse) },
        { "/stigg.sidecar.v1.SidecarService/GetMeteredEntitlement", typeof(GetMeteredEntitlementRequest),
            typeof(GetMeteredEntitlementResponse) },
        { "/stigg.sidecar.v1.SidecarService/GetEnumEntitlement", typeof(GetEnumEntitlementRequest), typeof(GetEnumEntitlementResponse) },
        { "/stigg.sidecar.v1.SidecarService/ReportUsage", typeof(ReportUsageRequest), typeof(ReportUsageResponse) },
        { "/stigg.sidecar.v1.SidecarService/ReportEvents", typeof(ReportEventsRequest),
            typeof(Google.Protobuf.WellKnownTypes.Empty) },
        { "/stigg.sidecar.v1.SidecarService/ReloadEntitlements", typeof(ReloadEntitlementsRequest), typeof(ReloadEntitlementsResponse) },
        { "/stigg.sidecar.v1.SidecarService/ReportUsageBulk", typeof(ReportUsageBulkRequest), typeof(ReportUsageBulkResponse) },
        { "/stigg.sidecar.v1.SidecarService/GetEntitlementV2", typeof(GetEntitlementV2Request), typeof(GetEntitlementV2Response) },
        { "/stigg.sidecar.v1.SidecarService/GetEntitlementsStateV2", typeof(GetEntitlementsStateV2Request),
            typeof(GetEntitlementsStateV2Response) },
    };

    [Theory]
    [MemberData(nameof(Calls))]
    public void A_call_has_its_name_and_its_messages(string fullName, Type request, Type response) =>
        BoundCalls().Should().Contain((fullName, MethodType.Unary, request, response));

    [Fact]
    public void There_are_no_other_calls() =>
        BoundCalls().Select(c => c.FullName).Should().BeEquivalentTo(Calls().Select(row => (string)row[0]));

    /// <summary>A file as indented protobuf JSON, without what does not reach a client.</summary>
    private static string Rendered(FileDescriptorProto file)
    {
        file.SourceCodeInfo = null;
        // protoc writes the derived JSON names into a descriptor set, but not into generated code.
        foreach (var message in file.MessageType)
            ClearJsonNames(message);
        return new JsonFormatter(JsonFormatter.Settings.Default.WithIndentation("  ")).Format(file).ReplaceLineEndings("\n") + "\n";
    }

    private static void ClearJsonNames(DescriptorProto message)
    {
        foreach (var field in message.Field)
            field.ClearJsonName();
        foreach (var nested in message.NestedType)
            ClearJsonNames(nested);
    }

    private static string[] Lines(string text) => text.ReplaceLineEndings("\n").Split('\n');

    private static List<(string FullName, MethodType Type, Type Request, Type Response)> BoundCalls()
    {
        var binder = new Binder();
        SidecarService.BindService(binder, null!);
        return binder.Calls;
    }

    /// <summary>Takes down what a server is told to serve.</summary>
    private sealed class Binder : ServiceBinderBase
    {
        public List<(string FullName, MethodType Type, Type Request, Type Response)> Calls { get; } = [];

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler) =>
            Calls.Add((method.FullName, method.Type, typeof(TRequest), typeof(TResponse)));
    }
}
