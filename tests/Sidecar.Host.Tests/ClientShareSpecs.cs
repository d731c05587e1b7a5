using FluentAssertions;
using Xunit;

namespace Sidecar.Host.Tests;

public sealed class ClientShareSpecs
{
    [Theory]
    [InlineData(0L, 64)]
    [InlineData(832L, 64)]
    [InlineData(833L, 65)]
    [InlineData(1_024L, 256)]
    [InlineData(10_767L, 9_999)]
    [InlineData(10_768L, 10_000)]
    [InlineData(1_048_576L, 10_000)]
    [InlineData(long.MaxValue, 10_000)]
    [InlineData(null, 10_000)]
    public void Clients_have_what_the_process_itself_does_not_need(long? limit, int connections) =>
        ClientShare.ConnectionsOf(limit).Should().Be(connections);

    [Theory]
    [InlineData("Max open files            1024                 524288               files     ", 1_024)]
    [InlineData("Max open files            unlimited            unlimited            files     ", null)]
    [InlineData("Max processes             63536                63536                processes ", null)]
    [InlineData("", null)]
    public void Limit_is_the_soft_one_of_the_table(string line, int? limit) =>
        ClientShare.LimitIn($"Limit                     Soft Limit           Hard Limit           Units     \n{line}\n").Should().Be(limit);
}
