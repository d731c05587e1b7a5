using System.Text;
using FluentAssertions;
using Sidecar.Host.CommandLine;
using Sidecar.Host.CommandLine.Comparing;
using Xunit;

namespace Sidecar.Host.Tests.CommandLine;

public sealed class SubjectFileSpecs : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Mark_of_the_encoding_is_no_part_of_the_first_customer(bool isStandardInput)
    {
        byte[] content = [.. Encoding.UTF8.Preamble, .. "käse-1\r\n"u8];

        (await ReadAsync(content, isStandardInput)).Should().Be("käse-1\r\n");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_not_in_utf_8_is_refused_and_not_asked_for_under_another_name(bool isStandardInput)
    {
        byte[] content = [.. "caf"u8, 0xE9, (byte)'\n'];

        (await FluentActions.Awaiting(() => ReadAsync(content, isStandardInput)).Should().ThrowAsync<UsageException>())
            .Which.Message.Should().EndWith(" is not in UTF-8");
    }

    [Fact]
    public async Task File_that_can_not_be_read_is_named_without_its_control_characters() =>
        (await FluentActions.Awaiting(() => SubjectFile.ReadAsync("/no\u001b[31m", () => Stream.Null)).Should().ThrowAsync<UsageException>())
            .Which.Message.Should().StartWith("/no [31m can't be read").And.NotContain("\u001b");

    private async Task<string> ReadAsync(byte[] content, bool isStandardInput)
    {
        await File.WriteAllBytesAsync(_file, isStandardInput ? [] : content);
        return await SubjectFile.ReadAsync(isStandardInput ? "-" : _file, () => new MemoryStream(content));
    }
}
