using System.Text.Json.Nodes;
using FluentAssertions;
using Sidecar.Interop.Tests.Clients;
using Sidecar.Testing;
using Xunit;

namespace Sidecar.Interop.Tests;

/// <summary>Connect's own client on the service's HTTP port.</summary>
[Collection(InteropCollection.Name)]
public sealed class ConnectClientSpecs(InteropRun run)
{
    private static readonly string[] Files = ["package.json", "package-lock.json", "client.mjs"];

    [ClientTheory("node"), InlineData("connect-node")]
    public async Task It_gets_answers_errors_and_trailers_in_both_forms(string name)
    {
        if (InteropClients.MissingOf(("protoc", "protobuf-compiler")) is { } missing)
            Assert.Fail(missing);
        var workshop = Directory.CreateDirectory(Repository.At("artifacts", "interop", name)).FullName;
        await PrepareAsync(Repository.At("tests", "interop", name), workshop);

        var output = await ChildProcess.SucceedAsync("node", ["client.mjs", run.HttpService.GetLeftPart(UriPartial.Authority), "sidecar.pb"], folder: workshop);

        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToList();
        lines.Should().HaveCount(4);
        foreach (var (answered, refused) in new[] { (lines[0], lines[1]), (lines[2], lines[3]) })
        {
            ((bool?)answered["answer"]?["hasAccess"]).Should().BeTrue(output);
            ((double?)answered["answer"]!["entitlement"]!["currentUsage"]).Should().Be(25);
            ((string?)answered["trailers"]!["x-sidecar-source"]).Should().BeOneOf("memory", "upstream");
            ((string?)refused["code"]).Should().Be("InvalidArgument");
            ((string?)refused["message"]).Should().Be("customer_id is empty, expected an id");
        }
    }

    private static async Task PrepareAsync(string from, string workshop)
    {
        await ChildProcess.SucceedAsync(
            "protoc", ["-I", Repository.Protos, "--include_imports", $"--descriptor_set_out={Path.Combine(workshop, "sidecar.pb")}", "stigg/sidecar/v1/sidecar.proto"]);
        foreach (var file in Files)
            File.Copy(Path.Combine(from, file), Path.Combine(workshop, file), overwrite: true);
        var wanted = await File.ReadAllTextAsync(Path.Combine(from, "package-lock.json"));
        var stamp = Path.Combine(workshop, "installed.json");
        if (File.Exists(stamp) && await File.ReadAllTextAsync(stamp) == wanted)
            return;
        await ChildProcess.SucceedAsync("npm", ["ci", "--prefix", workshop, "--ignore-scripts", "--no-audit", "--no-fund"], folder: workshop);
        await File.WriteAllTextAsync(stamp, wanted);
    }
}
