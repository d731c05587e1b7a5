using FluentAssertions;
using Sidecar.Host.Configuration;
using Xunit;

namespace Sidecar.Host.Tests.Diagnostics;

/// <summary>The variables of the diagnostics beside each other and beside others.</summary>
public sealed class DiagnosticsOptionsSpecs
{
    private const string Token = "a-token-of-16-ch";

    [Theory]
    [InlineData("10.0.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    public void Address_that_others_reach_needs_a_token(string bind)
    {
        var options = Read(out var faults, ("DIAGNOSTICS_BIND", bind));

        options.DiagnosticsPort.Should().Be(SidecarOptions.NoPort);
        faults.Should().ContainSingle().Which.Should().Match<SettingFault>(fault =>
            !fault.EndsProcess && fault.Text.StartsWith($"DIAGNOSTICS_BIND is {bind}, which others reach, without DIAGNOSTICS_TOKEN, expected", StringComparison.Ordinal));
        Read(out faults, ("DIAGNOSTICS_BIND", bind), ("DIAGNOSTICS_TOKEN", Token)).DiagnosticsPort.Should().Be(8081);
        faults.Should().BeEmpty();
    }

    [Theory]
    [InlineData("127.0.0.2")]
    [InlineData("::1")]
    public void Address_of_the_loopback_needs_none(string bind)
    {
        Read(out var faults, ("DIAGNOSTICS_BIND", bind)).DiagnosticsPort.Should().Be(8081);
        faults.Should().BeEmpty();
    }

    [Theory]
    [InlineData("GRPC_PORT")]
    [InlineData("PORT")]
    [InlineData("METRICS_PORT")]
    public void Port_that_is_anothers_too_is_done_without(string other)
    {
        var options = Read(out var faults, (other, "9000"), ("DIAGNOSTICS_PORT", "9000"));

        options.DiagnosticsPort.Should().Be(SidecarOptions.NoPort);
        faults.Should().ContainSingle().Which.Text.Should().Be(
            $"DIAGNOSTICS_PORT is 9000, which is {other}'s too, expected another port, 0 or off; the service runs without diagnostics");
    }

    [Fact]
    public void Port_that_nobody_chose_gives_way_without_a_word()
    {
        var options = Read(out var faults, ("METRICS_PORT", "8081"));

        options.DiagnosticsPort.Should().Be(SidecarOptions.NoPort);
        faults.Should().BeEmpty();
    }

    [Fact]
    public void Token_that_can_not_be_used_is_not_shown()
    {
        Read(out var faults, ("DIAGNOSTICS_TOKEN", "short")).DiagnosticsToken.Should().BeNull();

        faults.Should().ContainSingle().Which.Text.Should().Contain("(a secret)").And.NotContain("short");
    }

    private static SidecarOptions Read(out IReadOnlyList<SettingFault> faults, params (string Name, string Value)[] variables)
    {
        var all = variables.ToDictionary(one => one.Name, one => one.Value, StringComparer.Ordinal);
        var reader = new SettingsReader(all.GetValueOrDefault, _ => throw new FileNotFoundException());
        var options = SidecarOptions.Read(reader, availableMemory: 1L << 31);
        faults = reader.Faults;
        return options;
    }
}
