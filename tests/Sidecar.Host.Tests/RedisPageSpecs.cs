using System.Text.RegularExpressions;
using FluentAssertions;
using Sidecar.Host.Configuration;
using Sidecar.Testing;
using Xunit;

namespace Sidecar.Host.Tests;

/// <summary>The page about Redis names each variable of it, and none that is not there.</summary>
public sealed partial class RedisPageSpecs
{
    private static readonly string Page = File.ReadAllText(Repository.At("docs", "redis.md"));

    [Fact]
    public void Table_has_every_variable_of_redis() =>
        Page.Split("## Settings")[1].Split("\n## ")[0].Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .SelectMany(line => Name().Matches(line.Split('|')[1])).Select(match => match.Value)
            .Should().BeEquivalentTo(Settings.OfRedis.Select(setting => setting.Name));

    [Fact]
    public void It_names_no_variable_that_is_not_there() =>
        Name().Matches(Page).Select(match => match.Value).Distinct()
            .Should().BeSubsetOf(Settings.All.SelectMany(setting => new[] { setting.Name, setting.FileName }));

    [GeneratedRegex("REDIS_[A-Z_]+[A-Z]", RegexOptions.None, 1000)]
    private static partial Regex Name();
}
