using FluentAssertions;
using Sidecar.Host.Runtime;
using Xunit;

namespace Sidecar.Host.Tests;

/// <summary>When the process starts itself anew with the server's garbage collector.</summary>
public sealed class ServerCollectorSpecs
{
    [Theory]
    [InlineData(1, false)]
    [InlineData(3, false)]
    [InlineData(4, true)]
    [InlineData(64, true)]
    public void Processors_decide(int processors, bool isTurnedOn) =>
        ServerCollector.IsToBeTurnedOn(processors, isServer: false, _ => null).Should().Be(isTurnedOn);

    [Fact]
    public void It_is_turned_on_once() =>
        ServerCollector.IsToBeTurnedOn(64, isServer: true, _ => null).Should().BeFalse();

    [Theory]
    [InlineData("DOTNET_gcServer", "0")]
    [InlineData("DOTNET_gcServer", "1")]
    [InlineData("COMPlus_gcServer", "0")]
    public void Where_somebody_has_chosen_that_holds(string name, string value) =>
        ServerCollector.IsToBeTurnedOn(64, isServer: false, asked => asked == name ? value : null).Should().BeFalse();
}
