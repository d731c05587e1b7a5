using System.Text;
using FluentAssertions;
using Sidecar.Host.CommandLine.Probing;
using Xunit;

namespace Sidecar.Host.Tests.CommandLine;

public sealed class HttpAnswerSpecs
{
    private const string Up = """{"status":"UP"}""";

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n" + Up)]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-length:15\r\nX: y\r\n\r\n" + Up)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nf\r\n" + Up + "\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n8\r\n{\"status\r\n7\r\n\":\"UP\"}\r\n0\r\n\r\n")]
    public void Whole_answer_is_read_and_no_part_of_it_is_taken_for_the_whole(string text)
    {
        var bytes = Encoding.ASCII.GetBytes(text);

        for (var count = 0; count < bytes.Length; count++)
        {
            HttpAnswer.Read(bytes.AsSpan(0, count), isEnd: false).IsComplete.Should().BeFalse("of {0} bytes", count);
            HttpAnswer.Read(bytes.AsSpan(0, count), isEnd: true).Fault.Should().NotBeNull("of {0} bytes", count);
        }

        var answer = HttpAnswer.Read(bytes, isEnd: false);
        answer.Fault.Should().BeNull();
        answer.Status.Should().Be(200);
        Encoding.ASCII.GetString(answer.Body.Span).Should().Be(Up);
    }

    [Fact]
    public void Body_without_a_length_goes_to_the_end_of_the_connection()
    {
        var bytes = Encoding.ASCII.GetBytes("HTTP/1.1 503 Service Unavailable\r\nServer: x\r\n\r\nsome");

        HttpAnswer.Read(bytes, isEnd: false).IsComplete.Should().BeFalse();
        var answer = HttpAnswer.Read(bytes, isEnd: true);
        answer.Status.Should().Be(503);
        answer.Body.Length.Should().Be(4);
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.6\r\n\r\n")]
    [InlineData("HTTP/1.0 200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 20 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 2000 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n")]
    [InlineData("HTTP/1.1 -20 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 15\r\nContent-Length: 3\r\n\r\n" + Up)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 15\r\nTransfer-Encoding: chunked\r\n\r\n" + Up)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n" + Up)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n" + Up)]
    [InlineData("HTTP/1.1 200 OK\r\nno colon\r\n\r\n" + Up)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabcd\r\n")]
    public void Anything_else_is_refused(string text)
    {
        var answer = HttpAnswer.Read(Encoding.ASCII.GetBytes(text), isEnd: false);

        answer.IsComplete.Should().BeTrue();
        answer.Fault.Should().NotBeNull();
    }
}
