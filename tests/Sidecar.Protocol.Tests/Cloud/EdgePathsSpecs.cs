using FluentAssertions;
using FsCheck.Xunit;
using Sidecar.Protocol.Cloud;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Persistence;
using Xunit;

namespace Sidecar.Protocol.Tests.Cloud;

public sealed class EdgePathsSpecs
{
    private static readonly Uri Edge = new("https://edge.example");

    [Theory]
    [InlineData("plain-id", "plain-id")]
    [InlineData("a/b", "a%2Fb")]
    [InlineData("a?b", "a%3Fb")]
    [InlineData("a#b", "a%23b")]
    [InlineData("100%", "100%25")]
    [InlineData("a b", "a%20b")]
    [InlineData("..", "%2E%2E")]
    [InlineData(".", "%2E")]
    [InlineData("a..b", "a..b")]
    [InlineData("é", "%C3%A9")]
    [InlineData("🙂", "%F0%9F%99%82")]
    public void Ids_are_percent_encoded_as_utf_8(string id, string encoded)
    {
        EdgePaths.EntitlementsState(Edge, new EntryKey(id)).PathAndQuery.Should().Be($"/v1/c/{encoded}/entitlements-state.json");
        EdgePaths.EntitlementsState(Edge, new EntryKey("c", id)).PathAndQuery.Should()
            .Be($"/v1/c/c/entitlements-state.json?resourceId={encoded}");
    }

    [Property(MaxTest = 500)]
    public void Distinct_ids_have_distinct_addresses_of_three_fixed_segments(FsCheck.NonEmptyString first, FsCheck.NonEmptyString second)
    {
        var (a, b) = (Clean(first.Get), Clean(second.Get));
        var (pathOfA, pathOfB) = (Path(a), Path(b));

        (pathOfA == pathOfB).Should().Be(a == b);
        pathOfA.Split('/').Should().HaveCount(5).And.StartWith(["", "v1", "c"]).And.EndWith(["entitlements-state.json"]);
        Uri.UnescapeDataString(pathOfA.Split('/')[3]).Should().Be(a);

        static string Path(string id) => EdgePaths.EntitlementsState(Edge, new EntryKey(id)).PathAndQuery;

        // gRPC strings are UTF-8: a lone half of a surrogate pair can't come in.
        static string Clean(string text) => string.Concat(text.Where(c => !char.IsSurrogate(c))) is { Length: > 0 } clean ? clean : "x";
    }

    [Theory]
    [InlineData("https://edge.example/", "https://edge.example/v1/config/server-sdk-configuration.json")]
    [InlineData("https://edge.example/base", "https://edge.example/base/v1/config/server-sdk-configuration.json")]
    [InlineData("http://127.0.0.1:5000/base/", "http://127.0.0.1:5000/base/v1/config/server-sdk-configuration.json")]
    public void Base_address_keeps_its_path(string edge, string expected) =>
        EdgePaths.SdkConfiguration(new Uri(edge)).OriginalString.Should().Be(expected);

    [Theory]
    [InlineData("x", null, "p:c_x")]
    [InlineData("x", "r", "p:c_x:r_r")]
    [InlineData("x:r_y", null, null)]
    [InlineData("x:f_y", null, null)]
    [InlineData("x:credit_y", null, null)]
    [InlineData("x:metadata", null, null)]
    [InlineData("x#timestamp", null, null)]
    [InlineData("x", "r:f_y", null)]
    [InlineData("x", "r#timestamp", null)]
    [InlineData("x:y", "r_z", "p:c_x:y:r_r_z")]
    public void Persistence_id_is_the_redis_key_and_ambiguous_ids_have_none(string customer, string? resource, string? expected) =>
        (EntryKeys.Of("p", new EntryKey(customer, resource))?.Set).Should().Be(expected);
}
