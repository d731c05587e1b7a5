using FluentAssertions;
using Sidecar.Host.Configuration;
using Xunit;

namespace Sidecar.Host.Tests;

public sealed class SettingsReaderSpecs
{
    private static readonly Setting Plain = new("PLAIN", "seven", "a number", "Nothing.");
    private static readonly Setting Hidden = new("HIDDEN", "none", "letters", "Nothing.", IsSecret: true);
    private readonly Dictionary<string, string> _variables = [];
    private readonly Dictionary<string, string> _files = [];
    private readonly SettingsReader _reader;

    public SettingsReaderSpecs() => _reader = new SettingsReader(
        _variables.GetValueOrDefault,
        path => _files.TryGetValue(path, out var content) ? content : throw new FileNotFoundException("there is no such file"));

    [Fact]
    public void Variable_that_is_not_set_is_null_without_a_fault()
    {
        _reader.Text(Plain).Should().BeNull();
        _reader.Faults.Should().BeEmpty();
    }

    [Fact]
    public void Empty_variable_is_an_unset_one()
    {
        _variables["PLAIN"] = "";

        _reader.WholeNumber(Plain, 0, 9).Should().BeNull();
        _reader.Faults.Should().BeEmpty();
    }

    [Theory]
    [InlineData("0", 0L)]
    [InlineData("9", 9L)]
    public void Whole_number_within_its_bounds_is_accepted(string text, long expected)
    {
        _variables["PLAIN"] = text;

        _reader.WholeNumber(Plain, 0, 9).Should().Be(expected);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("10")]
    [InlineData("1.5")]
    [InlineData("0x1")]
    [InlineData("one")]
    [InlineData(" 1")]
    [InlineData("99999999999999999999")]
    public void Other_numbers_leave_the_default_and_a_fault_with_name_value_and_what_is_accepted(string text)
    {
        _variables["PLAIN"] = text;

        _reader.WholeNumber(Plain, 0, 9).Should().BeNull();
        _reader.Faults.Should().ContainSingle().Which.Should().BeEquivalentTo(
            new SettingFault($"PLAIN is '{text}', expected a number; its default is taken: seven", EndsProcess: false));
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("65535", 65535)]
    [InlineData("off", -1)]
    [InlineData("OFF", -1)]
    public void Port_is_accepted(string text, int expected)
    {
        _variables["PLAIN"] = text;

        _reader.Port(Plain, off: -1).Should().Be(expected);
    }

    [Theory]
    [InlineData("65536")]
    [InlineData("-1")]
    [InlineData("http")]
    [InlineData("off")]
    public void Bad_port_ends_the_process(string text)
    {
        _variables["PLAIN"] = text;

        _reader.Port(Plain).Should().BeNull();
        _reader.Faults.Should().ContainSingle().Which.EndsProcess.Should().BeTrue();
    }

    [Theory]
    [InlineData("https://edge.example/base", true)]
    [InlineData("http://127.0.0.1:5000", true)]
    [InlineData("ftp://edge.example", false)]
    [InlineData("edge.example", false)]
    [InlineData("/path", false)]
    [InlineData("http://user:password@edge.example", false)]
    public void Url_needs_one_of_its_schemes_and_no_password(string text, bool isAccepted)
    {
        _variables["PLAIN"] = text;

        (_reader.Url(Plain, "http", "https") is not null).Should().Be(isAccepted);
        _reader.Faults.Should().HaveCount(isAccepted ? 0 : 1);
    }

    [Fact]
    public void Secret_never_shows_in_a_fault()
    {
        _variables["HIDDEN"] = "s3cr3t";

        _reader.Text(Hidden, text => text.All(char.IsLetter)).Should().BeNull();
        _reader.Faults.Should().ContainSingle().Which.Text.Should().Contain("HIDDEN is (a secret)").And.NotContain("s3cr3t");
    }

    [Theory]
    [InlineData("http://user:pa55word@edge.example/base")]
    [InlineData("http://pa55word@edge.example")]
    [InlineData("ftp://user:pa55@word@edge.example")]
    [InlineData("http://user:pa55/word@edge.example")]
    [InlineData("https://https://user:pa55word@edge.example")]
    [InlineData("https://other.example/user:pa55word@edge.example")]
    public void Password_in_an_address_never_shows_in_a_fault(string text)
    {
        _variables["PLAIN"] = text;

        _reader.Url(Plain, "http", "https").Should().BeNull();
        _reader.Faults.Should().ContainSingle().Which.Text.Should().Contain("PLAIN is '").And.Contain("@edge.example")
            .And.NotContain("pa55").And.NotContain("word");
    }

    [Fact]
    public void Token_in_the_query_of_an_address_never_shows_and_is_no_part_of_one()
    {
        _variables["PLAIN"] = "https://edge.example/x?token=pa55";

        _reader.Url(Plain, "http", "https").Should().BeNull();
        _reader.Faults.Should().ContainSingle().Which.Text.Should().Contain("https://edge.example/x?(not shown)").And.NotContain("pa55");
    }

    [Theory]
    [InlineData("1.2.3")]
    [InlineData("127.1")]
    [InlineData("1")]
    public void Short_form_of_an_address_is_taken_for_a_slip(string text)
    {
        _variables["PLAIN"] = text;

        _reader.Address(Plain).Should().BeNull();
        _reader.Faults.Should().ContainSingle().Which.EndsProcess.Should().BeTrue();
    }

    [Fact]
    public void File_holds_the_value_without_its_line_end()
    {
        _variables["PLAIN_FILE"] = "/secrets/plain";
        _files["/secrets/plain"] = "value\r\n";

        _reader.Text(Plain).Should().Be("value");
    }

    [Fact]
    public void Path_that_can_not_be_read_is_told_in_one_line_of_bounded_length()
    {
        _variables["PLAIN_FILE"] = "/there\u001a\nis " + new string('x', 5_000);
        var reader = new SettingsReader(_variables.GetValueOrDefault, path => throw new FileNotFoundException($"Could not find file '{path}'."));

        reader.Text(Plain).Should().BeNull();

        var text = reader.Faults.Should().ContainSingle().Which.Text;
        text.Should().Contain("PLAIN_FILE is '/there  is ").And.Contain("Could not find file '/there");
        text.Any(char.IsControl).Should().BeFalse();
        text.Length.Should().BeLessThan(600);
    }

    [Fact]
    public void Address_in_the_place_of_its_files_path_is_shown_without_its_password()
    {
        _variables["PLAIN_FILE"] = "https://user:pa55word@edge.example";

        _reader.Text(Plain).Should().BeNull();

        _reader.Faults.Should().ContainSingle().Which.Text.Should()
            .Contain("PLAIN_FILE is 'https://(not shown)@edge.example'").And.NotContain("pa55word");
    }

    [Fact]
    public void Variable_itself_wins_over_its_file()
    {
        _variables["PLAIN"] = "mine";
        _variables["PLAIN_FILE"] = "/secrets/plain";
        _files["/secrets/plain"] = "its";

        _reader.Text(Plain).Should().Be("mine");
    }

    [Fact]
    public void File_that_can_not_be_read_is_a_fault_that_names_it()
    {
        _variables["PLAIN_FILE"] = "/secrets/missing";

        _reader.Text(Plain).Should().BeNull();
        _reader.Faults.Should().ContainSingle().Which.Text.Should().Contain("PLAIN_FILE is '/secrets/missing'");
    }

    [Fact]
    public void Secret_given_in_the_place_of_its_files_path_never_shows()
    {
        _variables["HIDDEN_FILE"] = "s3cr3t";

        _reader.Text(Hidden).Should().BeNull();
        _reader.Faults.Should().ContainSingle().Which.Text.Should().Contain("HIDDEN_FILE").And.NotContain("s3cr3t");
    }

    [Fact]
    public void Port_whose_file_can_not_be_read_ends_the_process()
    {
        _variables["PLAIN_FILE"] = "/secrets/missing";

        _reader.Port(Plain).Should().BeNull();
        _reader.Faults.Should().ContainSingle().Which.EndsProcess.Should().BeTrue();
    }

    [Fact]
    public void All_faults_are_kept_in_the_order_of_reading()
    {
        _variables["PLAIN"] = "x";
        _variables["HIDDEN"] = "1";

        _reader.WholeNumber(Plain, 0, 9);
        _reader.Text(Hidden, text => text.All(char.IsLetter));

        _reader.Faults.Select(f => f.Text.Split(' ')[0]).Should().Equal("PLAIN", "HIDDEN");
    }
}
