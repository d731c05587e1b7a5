using System.Text.Json;
using Sidecar.Actors.Tests.Support;

namespace Sidecar.Actors.Tests;

public sealed class SecretSpecs
{
    private const string Text = "server-key-7d41f3";
    private readonly Secret _secret = new(Text);

    [Fact]
    public void It_is_revealed_by_an_explicit_call() => _secret.Reveal().Should().Be(Text);

    [Fact]
    public void It_prints_as_a_mask() => _secret.ToString().Should().Be("***");

    [Fact]
    public void Interpolation_shows_the_mask() => $"the key is {_secret}".Should().Be("the key is ***");

    [Fact]
    public void Json_does_not_hold_it() => JsonSerializer.Serialize(_secret).Should().NotContain(Text);

    [Fact]
    public void Json_of_what_holds_it_does_not_hold_it() =>
        JsonSerializer.Serialize(new { Key = _secret, Options = new object[] { _secret } }).Should().NotContain(Text);

    [Fact]
    public void Settings_that_hold_it_print_the_mask() =>
        TestCloud.Settings(Text).ToString().Should().NotContain(Text).And.Contain("***");

    [Fact]
    public void An_empty_text_is_no_secret() => new Action(() => _ = new Secret("")).Should().Throw<ArgumentException>();
}
