using System.Globalization;
using FluentAssertions;
using Google.Protobuf;
using Grpc.Net.Client;
using Sidecar.Interop.Tests.Clients;
using Sidecar.Testing;
using Stigg.Sidecar.V1;
using Xunit;

namespace Sidecar.Interop.Tests;

/// <summary>What <c>docs/clients.md</c> shows works, and what it measures is so.</summary>
[Collection(InteropCollection.Name)]
public sealed class ClientsDocumentSpecs(InteropRun run)
{
    private const int DefaultMaxAnswerBytes = 4 * 1024 * 1024;

    // Within a repeated field each has its number and its length before it.
    private const int FrameOfElement = 3;
    // All projects are built into folders of this name.
    private static readonly string Configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
    private const string Answer = "allowed: true, used: 25 of 1000";

    [ClientTheory("node"), InlineData("### Node", "js", "ask.js")]
    public async Task Node_example_runs(string heading, string language, string file)
    {
        var client = new NodeClient();
        await client.PrepareAsync();

        (await RunAsync(heading, language, file, client.Variables)).Should().ContainEquivalentOf(Answer);
    }

    [ClientTheory("python"), InlineData("### Python", "python", "ask.py")]
    public async Task Python_example_runs(string heading, string language, string file) =>
        (await RunAsync(heading, language, file)).Should().ContainEquivalentOf(Answer);

    [ClientTheory("ruby"), InlineData("### Ruby", "ruby", "ask.rb")]
    public async Task Ruby_example_runs(string heading, string language, string file) =>
        (await RunAsync(heading, language, file)).Should().ContainEquivalentOf(Answer);

    // protoc, which shows the answer, comes with what Python's example needs.
    [ClientTheory("python"), InlineData("### curl")]
    public async Task Curl_example_runs(string heading) => (await RunAsync(heading)).Should()
        .Contain("grpc-status: 0").And.Contain("has_access: true").And.Contain("current_usage: 25").And.Contain("usage_limit: 1000");

    [ClientTheory("curl"), InlineData("## JSON over HTTP")]
    public async Task Example_of_json_over_http_runs(string heading) => (await RunAsync(heading)).Should()
        .Contain("\"hasAccess\": true").And.Contain("\"currentUsage\": 25").And.Contain("trailer-x-sidecar-source: ").And.Contain("\"openapi\":\"3.1.0\"");

    [Fact]
    public async Task Dotnet_example_is_the_program_that_is_built_here_and_runs()
    {
        var program = await File.ReadAllTextAsync(Repository.At("tests", "interop", "dotnet", "Program.cs"));
        ClientsDocument.BlocksOf("### .NET").Single(block => block.Language is "csharp").Text.Should().Be(program);

        var output = await ChildProcess.SucceedAsync(
            "dotnet", [Repository.At("tests", "interop", "dotnet", "bin", Configuration, "net10.0", "Sidecar.Interop.Example.dll")], Variables());

        output.Should().ContainEquivalentOf(Answer);
    }

    [Fact]
    public async Task Sizes_of_entitlements_are_as_measured()
    {
        using var channel = GrpcChannel.ForAddress(run.Service);
        var client = new SidecarService.SidecarServiceClient(channel);
        var list = await client.GetEntitlementsAsync(new() { CustomerId = "customer-demo" });
        var state = await client.GetEntitlementsStateV2Async(new() { CustomerId = "customer-demo" });

        var rows = ClientsDocument.RowsOf("an entitlement of `customer-demo`");
        var measured = rows.Select(row => (string[])
        [
            row[0],
            Cell(list.Entitlements.FirstOrDefault(one => IsOf(row[0], FeatureOf(one)?.Id))),
            Cell(state.Entitlements.FirstOrDefault(one => IsOf(row[0], one.Credit?.Currency.CurrencyId ?? FeatureOf(one)?.Id))),
        ]);
        rows.Select(row => string.Join(" | ", row)).Should().HaveCount(4).And.Equal(measured.Select(row => string.Join(" | ", row)));

        static bool IsOf(string title, string? id) => title.EndsWith($"`{id}`", StringComparison.Ordinal);
    }

    private static string Cell(IMessage? entitlement)
    {
        if (entitlement is null)
            return "none";
        var size = entitlement.CalculateSize() + FrameOfElement;
        return string.Create(CultureInfo.InvariantCulture, $"{size} bytes, {DefaultMaxAnswerBytes / size / 1000 * 1000:N0}");
    }

    private static EntitlementFeature? FeatureOf(Entitlement one) =>
        one.Boolean?.Feature ?? one.Numeric?.Feature ?? one.Metered?.Feature ?? one.Enum?.Feature;

    private static EntitlementFeature? FeatureOf(EntitlementV2 one) =>
        one.Boolean?.Feature ?? one.Numeric?.Feature ?? one.Metered?.Feature ?? one.Enum?.Feature;

    /// <summary>Runs the example below a heading: writes its program, and runs its blocks <c>sh</c> in the folder of that.</summary>
    private async Task<string> RunAsync(
        string heading, string? language = null, string? file = null, IReadOnlyDictionary<string, string?>? variables = null)
    {
        var blocks = ClientsDocument.BlocksOf(heading);
        var folder = Directory.CreateTempSubdirectory("sidecar-example-");
        try
        {
            if (file is not null)
                await File.WriteAllTextAsync(Path.Combine(folder.FullName, file), blocks.Single(block => block.Language == language).Text);
            var script = string.Concat(blocks.Where(block => block.Language is "sh").Select(block => block.Text));
            return await ChildProcess.SucceedAsync("bash", ["-eu", "-c", script], Variables(variables), folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private Dictionary<string, string?> Variables(IReadOnlyDictionary<string, string?>? more = null) =>
        new(more ?? new Dictionary<string, string?>(StringComparer.Ordinal), StringComparer.Ordinal)
        {
            ["SIDECAR"] = run.Service.Authority,
            ["SIDECAR_HTTP"] = run.HttpService.Authority,
            ["PROTOS"] = Repository.Protos,
            // Debian's interpreters, which are those that its packages are for.
            ["PATH"] = "/usr/bin" + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH"),
        };
}
