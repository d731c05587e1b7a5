using System.Globalization;
using FluentAssertions;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing;
using Stigg.Sidecar.V1;
using Xunit;
using Xunit.Abstractions;

namespace Sidecar.EndToEnd.Tests.Image;

/// <summary>The image, as a container of it runs: a bare root that can't be written to, an unprivileged user, 512 MiB.</summary>
[Collection(BuiltImageCollection.Name)]
public sealed class ImageSpecs(BuiltImage image, ITestOutputHelper output)
{
    private const long Memory = 512L * 1024 * 1024;

    // What the managed heap may take of it, where no group bounds the process: three quarters.
    private const string HeapLimit = "DOTNET_GCHeapHardLimit";

    [BubbleFact]
    public async Task Container_answers_read_only_as_an_unprivileged_user_in_512_MiB()
    {
        await using var beside = await ServiceUnderTest.StartAsync();
        await using var group = Group();
        var variables = Variables(beside, group);
        var (program, arguments) = image.Command(variables.Keys, group);
        await using (var service = await SidecarProcess.StartAsync(variables, program, arguments))
        {
            using var channel = service.Connect();
            var client = new SidecarService.SidecarServiceClient(channel);
            var reply = await client.GetMeteredEntitlementAsync(new() { CustomerId = "customer-demo", FeatureId = "feature-api-calls" });
            for (var call = 0; call < 2_000; call++)
                await client.GetEntitlementsAsync(new() { CustomerId = call % 2 == 0 ? "customer-demo" : $"nobody-{call}" });

            reply.Entitlement.CurrentUsage.Should().Be(25);
            // Bubblewrap stays, and waits for the program.
            var id = int.Parse(File.ReadAllText($"/proc/{service.Id}/task/{service.Id}/children"), CultureInfo.InvariantCulture);
            var status = File.ReadAllLines($"/proc/{id}/status");
            if (Environment.IsPrivilegedProcess)
                Of(status, "Uid").Should().Be("65532\t65532\t65532\t65532");
            Of(status, "CapEff").Should().Be("0000000000000000");
            Of(status, "NoNewPrivs").Should().Be("1");
            File.ReadAllLines($"/proc/{id}/mountinfo").Select(line => line.Split(' '))
                .Where(words => words[4] is "/" or "/app").Should().HaveCount(2).And.OnlyContain(words => words[5].StartsWith("ro", StringComparison.Ordinal));
            File.ReadAllText($"/proc/{id}/environ").Split('\0').Should().Contain("DOTNET_GCHeapHardLimitPercent=4B");
            output.WriteLine($"{(group is null ? "no group" : "group of 512 MiB")}; resident: {Of(status, "VmRSS")}");

            var port = service.MetricsAddress.Port.ToString(CultureInfo.InvariantCulture);
            (await CheckAsync("health", port, group)).Should().Be(0);
            (await CheckAsync("ready", port, group)).Should().Be(0);
            SidecarProcess.SendTerminate(id);
            (await service.WaitForExitAsync()).Should().Be(0);
            (await CheckAsync("health", port, group)).Should().Be(1);
        }
    }

    [BubbleFact]
    public async Task Cache_is_bound_to_half_of_the_container_s_memory()
    {
        await using var group = Group();
        var (program, arguments) = image.Command([], group, "--check-config");
        await using var check = SidecarProcess.Launch(new Dictionary<string, string?>(), program, arguments);

        (await check.WaitForExitAsync()).Should().Be(0);
        if (group is not null)
            check.Lines.Should().Contain(line => line.StartsWith($"CACHE_MAX_SIZE_BYTES = {Memory / 2} ", StringComparison.Ordinal));
    }

    [Fact]
    public void Image_has_the_program_and_no_symbols_of_others_no_descriptions_and_no_settings() =>
        Directory.EnumerateFiles(image.App).Select(Path.GetFileName).Should().Contain("sidecar")
            .And.NotContain(name => name!.EndsWith(".xml", StringComparison.Ordinal) || name.StartsWith("appsettings", StringComparison.Ordinal));

    [Fact]
    public void Recipe_names_no_root_no_shell_and_no_latest()
    {
        image.Recipe.Only("USER").Should().Be("65532:65532");
        image.Recipe.Only("ENTRYPOINT").Should().Be("""["/app/sidecar"]""");
        image.Recipe.Only("HEALTHCHECK").Should().EndWith("""CMD ["/app/sidecar", "health"]""");
        image.Recipe.Image.Should().NotContain(instruction => instruction.Word == "RUN");
        image.Recipe.Only("FROM").Should().NotContain("latest").And.Contain("chiseled");
    }

    // As an engine runs it: in the container, beside the service.
    private async Task<int> CheckAsync(string command, string metricsPort, ControlGroup? group)
    {
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal) { ["METRICS_PORT"] = metricsPort };
        var (program, arguments) = image.Command(variables.Keys, group, command);
        await using var check = SidecarProcess.Launch(variables, program, arguments);
        return await check.WaitForExitAsync();
    }

    private static Dictionary<string, string?> Variables(ServiceUnderTest beside, ControlGroup? group)
    {
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["SERVER_API_KEY"] = ServiceUnderTest.ApiKey,
            ["EDGE_API_URL"] = beside.Cloud.Address.ToString(),
            ["API_URL"] = beside.Cloud.Address.ToString(),
            ["GRPC_PORT"] = "0",
            ["METRICS_PORT"] = "0",
            ["PORT"] = "off",
            ["DIAGNOSTICS_PORT"] = "off",
            ["WS_ENABLED"] = "false",
            ["SHUTDOWN_DRAIN_SECONDS"] = "0",
        };
        if (group is null)
            variables[HeapLimit] = (Memory * 3 / 4).ToString("X", CultureInfo.InvariantCulture);
        return variables;
    }

    private static string Of(string[] status, string name) =>
        status.Single(line => line.StartsWith(name + ":", StringComparison.Ordinal))[(name.Length + 1)..].Trim();

    private ControlGroup? Group()
    {
        var group = ControlGroup.TryMake(Memory, out var why);
        if (group is null)
            output.WriteLine($"no control group ({why}); the heap alone is bounded");
        return group;
    }
}
