using System.Text;
using FluentAssertions;
using Sidecar.Bench.Load;
using Xunit;

namespace Sidecar.Host.Tests.Bench;

public sealed class HeaderEncoderSpecs
{
    [Fact]
    public void First_request_has_all_in_words_and_the_next_one_six_bytes()
    {
        var encoder = new HeaderEncoder("127.0.0.1:80");

        var first = Block(encoder, "/a");
        var text = Encoding.ASCII.GetString(first);

        first[..3].Should().Equal(0x83, 0x86, 0x44);
        text.Should().Contain("/a").And.Contain("127.0.0.1:80").And.Contain("application/grpc").And.Contain("te").And.Contain("trailers");
        // The newest entry is 62: te, then content-type, the authority, the path.
        Block(encoder, "/a").Should().Equal(0x83, 0x86, 0x80 | 65, 0x80 | 64, 0x80 | 63, 0x80 | 62);
    }

    [Fact]
    public void Another_path_moves_all_others_by_one()
    {
        var encoder = new HeaderEncoder("h:1");
        Block(encoder, "/a");

        Block(encoder, "/b").Should().Equal([0x83, 0x86, 0x44, 2, (byte)'/', (byte)'b', 0x80 | 65, 0x80 | 64, 0x80 | 63]);
        Block(encoder, "/a")[2].Should().Be(0x80 | 66);
        Block(encoder, "/b")[2].Should().Be(0x80 | 62);
    }

    private static byte[] Block(HeaderEncoder encoder, string path)
    {
        var buffer = new byte[256];
        return buffer[..encoder.Write(path, buffer)];
    }
}
