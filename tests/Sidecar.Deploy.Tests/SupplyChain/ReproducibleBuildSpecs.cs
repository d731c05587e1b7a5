using FluentAssertions;
using Xunit;

namespace Sidecar.Deploy.Tests.SupplyChain;

/// <summary>Whether what is shipped can be made again from its source.</summary>
public sealed class ReproducibleBuildSpecs
{
    [Fact]
    public async Task Two_builds_in_different_folders_are_the_same_byte_by_byte()
    {
        var sums = await Command.RunAsync(Repository.At("deploy", "reproduce"));

        sums.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().Contain(line => line.EndsWith("./sidecar.dll", StringComparison.Ordinal))
            .And.Contain(line => line.EndsWith("./sidecar", StringComparison.Ordinal))
            .And.Contain(line => line.EndsWith("./Sidecar.Actors.dll", StringComparison.Ordinal));
    }
}
