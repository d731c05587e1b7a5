using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.Versioning;
using FluentAssertions;
using Xunit;

namespace Sidecar.Host.Tests;

[UnsupportedOSPlatform("windows")]
public sealed class GrpcSocketSpecs : IDisposable
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;
    private readonly string _folder = Directory.CreateTempSubdirectory("sidecar-socket-").FullName;

    private string FilePath => Path.Combine(_folder, "grpc.sock");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(Mode)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    [InlineData(Mode | UnixFileMode.OtherRead | UnixFileMode.OtherWrite)]
    public void File_has_its_mode_and_takes_connections_and_goes_with_the_socket(UnixFileMode mode)
    {
        using (var socket = new GrpcSocket(FilePath, mode))
        {
            socket.TryOpen().Should().BeNull();

            File.GetUnixFileMode(FilePath).Should().Be(mode);
            TakesConnections().Should().BeTrue();
            Directory.GetFileSystemEntries(_folder).Should().Equal(FilePath);
        }

        Directory.GetFileSystemEntries(_folder).Should().BeEmpty();
    }

    [Fact]
    public async Task File_never_has_a_wider_mode()
    {
        using var stop = new CancellationTokenSource();
        var seen = new HashSet<UnixFileMode>();
        var looks = 0;
        var looking = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    seen.Add(File.GetUnixFileMode(FilePath));
                }
                catch (IOException)
                {
                    // It is not there just now.
                }

                Interlocked.Increment(ref looks);
            }
        });
        for (var watch = Stopwatch.StartNew(); watch.ElapsedMilliseconds < 500;)
        {
            using var socket = new GrpcSocket(FilePath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            socket.TryOpen().Should().BeNull();
            var before = Volatile.Read(ref looks);
            SpinWait.SpinUntil(() => Volatile.Read(ref looks) > before + 1);
        }

        await stop.CancelAsync();
        await looking;
        seen.Should().Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public void What_a_dead_process_has_left_is_replaced()
    {
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            var other = FilePath + ".other";
            dead.Bind(new UnixDomainSocketEndPoint(other));
            // The platform removes the file that it has bound; as a killed process would not.
            File.Move(other, FilePath);
        }

        File.Exists(FilePath).Should().BeTrue();
        using var socket = new GrpcSocket(FilePath, Mode);

        socket.TryOpen().Should().BeNull();
        TakesConnections().Should().BeTrue();
    }

    [Fact]
    public void Socket_of_a_living_process_stays()
    {
        using var first = new GrpcSocket(FilePath, Mode);
        first.TryOpen().Should().BeNull();
        using var second = new GrpcSocket(FilePath, Mode);

        second.TryOpen().Should().Contain("another process");
        second.Remove();

        TakesConnections().Should().BeTrue();
    }

    [Fact]
    public void File_that_is_no_socket_stays()
    {
        File.WriteAllText(FilePath, "a text");
        using var socket = new GrpcSocket(FilePath, Mode);

        socket.TryOpen().Should().Contain("no socket");
        socket.Remove();

        File.ReadAllText(FilePath).Should().Be("a text");
    }

    [Fact]
    public void Link_and_folder_stay()
    {
        File.CreateSymbolicLink(FilePath, "/dev/null");
        new GrpcSocket(FilePath, Mode).TryOpen().Should().Contain("no socket");
        Directory.CreateDirectory(FilePath + "2");
        new GrpcSocket(FilePath + "2", Mode).TryOpen().Should().Contain("folder");

        Directory.GetFileSystemEntries(_folder).Should().HaveCount(2);
    }

    [Fact]
    public void Folder_that_is_not_there_is_named()
    {
        using var socket = new GrpcSocket(Path.Combine(_folder, "not", "there"), Mode);

        socket.TryOpen().Should().Contain(Path.Combine(_folder, "not"));
    }

    [Fact]
    public void Path_may_have_107_bytes()
    {
        var path = Path.Combine(_folder, new string('s', 107 - _folder.Length - 1));
        using var socket = new GrpcSocket(path, Mode);

        socket.TryOpen().Should().BeNull();
        File.Exists(path).Should().BeTrue();
    }

    private bool TakesConnections()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(FilePath));
        return socket.Connected;
    }
}
