using FluentAssertions;
using Sidecar.Host.CommandLine;
using Sidecar.Host.CommandLine.Comparing;
using Xunit;

namespace Sidecar.Host.Tests.CommandLine;

public sealed class CompareOptionsSpecs
{
    private static readonly string[] Least = ["--against", "original:80", "--customers", "customers.txt"];

    [Fact]
    public void Two_are_needed_and_the_others_have_defaults()
    {
        var options = CompareOptions.Parse(Least);

        options.Should().BeEquivalentTo(new
        {
            Against = "original:80",
            CustomersFile = "customers.txt",
            Service = (string?)null,
            FeaturesFile = (string?)null,
            Parallel = 8,
            MaxDifferences = 100,
            IsJson = false,
        });
    }

    [Fact]
    public void All_can_be_given()
    {
        var options = CompareOptions.Parse(
        [
            .. Least, "--service", "[::1]:8081", "--features", "f", "--parallel", "256", "--max-differences", "0", "--ignore", "units,feature.id", "--json",
        ]);

        options.Should().BeEquivalentTo(new { Service = "[::1]:8081", FeaturesFile = "f", Parallel = 256, MaxDifferences = 0, IsJson = true });
        (options.Ignored.Has("metered.feature.id"), options.Ignored.Has("metered.feature")).Should().Be((true, false));
    }

    [Theory]
    [InlineData("--against is missing", "--customers", "c")]
    [InlineData("--customers is missing", "--against", "a:80")]
    [InlineData("--customers is missing", "--against", "a:80", "--customers", "")]
    [InlineData("--against is 'a'", "--against", "a", "--customers", "c")]
    [InlineData("--against is 'http://a:80'", "--against", "http://a:80", "--customers", "c")]
    [InlineData("--against is 'a:0'", "--against", "a:0", "--customers", "c")]
    [InlineData("--against is 'a:70000'", "--against", "a:70000", "--customers", "c")]
    [InlineData("--against is 'user@a:80'", "--against", "user@a:80", "--customers", "c")]
    [InlineData("--customers needs a value", "--against", "a:80", "--customers")]
    [InlineData("--parallel is '0', expected 1 to 256", "--against", "a:80", "--customers", "c", "--parallel", "0")]
    [InlineData("--max-differences is '-1'", "--against", "a:80", "--customers", "c", "--max-differences", "-1")]
    [InlineData("--ignore is 'Units'", "--against", "a:80", "--customers", "c", "--ignore", "Units")]
    [InlineData("--ignore is ''", "--against", "a:80", "--customers", "c", "--ignore", "")]
    [InlineData("--json is given twice", "--against", "a:80", "--customers", "c", "--json", "--json")]
    [InlineData("--against is given twice", "--against", "a:80", "--customers", "c", "--against", "b:80")]
    [InlineData("unknown argument '--deep'", "--against", "a:80", "--customers", "c", "--deep")]
    public void Anything_else_is_refused_with_what_is_expected(string expected, params string[] arguments)
    {
        var parse = () => CompareOptions.Parse(arguments);

        parse.Should().Throw<UsageException>().WithMessage($"{expected}*");
    }

    [Fact]
    public void Subjects_are_read_one_a_line()
    {
        Subject.Read("# all\none\r\n\ntwo\tsite-1\n  \nthree", "file").Should().Equal(new Subject("one", null), new Subject("two", "site-1"), new Subject("three", null));
        Subject.ReadFeatures("a\n#b\nc d\n", "file").Should().Equal("a", "c d");
    }

    [Theory]
    [InlineData("a\tb\tc", "file, line 1: expected a customer, or*")]
    [InlineData("a\n\tb", "file, line 2: *")]
    [InlineData("a\t", "file, line 1: *")]
    [InlineData("# nothing\n\n", "file has no customer")]
    public void Lines_of_another_form_are_named(string text, string expected)
    {
        var read = () => Subject.Read(text, "file");

        read.Should().Throw<UsageException>().WithMessage(expected);
    }
}
