using System.Net.Sockets;
using System.Runtime.Versioning;

namespace Sidecar.Host;

/// <summary>
/// The service's Unix socket. Its file appears with its mode and open for connections, takes the place of what a dead process has left, and
/// goes with the process; that of a living one, or a file that is no socket, stays.
/// </summary>
/// <param name="path">Where.</param>
/// <param name="mode">Who may connect.</param>
internal sealed class GrpcSocket(string path, UnixFileMode mode) : IDisposable
{
    private const int Backlog = 512;

    // ENXIO of Linux and EOPNOTSUPP of macOS.
    private const int NoSuchDevice = 6;
    private const int NotSupportedOnSocket = 102;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private Socket? _socket;
    private bool _isOpened;

    /// <summary>Where it is.</summary>
    public string FilePath => path;

    /// <summary>Opens it.</summary>
    /// <returns>Why it can't be opened, or null.</returns>
    public string? TryOpen()
    {
        if (OperatingSystem.IsWindows())
            return "a file's mode can't be set on this system";
        try
        {
            if (WhoIsThere() is { } other)
                return other;
            _socket = Open();
            _isOpened = true;
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException or ArgumentException)
        {
            return e.Message;
        }
    }

    /// <summary>Gives the open socket away, once.</summary>
    public Socket Take() => Interlocked.Exchange(ref _socket, null) ?? throw new IOException($"the socket {path} was not opened");

    /// <summary>Removes the file, unless another process has put its own there.</summary>
    public void Remove()
    {
        try
        {
            if (WhoIsThere() is null)
                File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException)
        {
            // Whoever opens it next finds nobody behind it, and does that.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Interlocked.Exchange(ref _socket, null)?.Dispose();
        if (_isOpened)
            Remove();
    }

    // What stands in the way; nothing, and what a dead process has left, does not.
    private string? WhoIsThere()
    {
        var file = new FileInfo(path);
        if (!file.Exists && file.LinkTarget is null)
            return Directory.Exists(path) ? "there is a folder of that name" : null;
        if (file.LinkTarget is not null || !IsSocket(path))
            return "there is a file of that name that is no socket";
        using var socket = NewSocket();
        // One whose queue is full must not hold this up.
        socket.Blocking = false;
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return null;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress or SocketError.TryAgain)
        {
            // It is there, but busy.
        }

        return "another process answers there";
    }

    // Nothing but a socket can't be opened for this reason. To read and write, since a pipe would otherwise wait for its other end.
    private static bool IsSocket(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            return false;
        }
        catch (IOException e) when (e.HResult is NoSuchDevice or NotSupportedOnSocket)
        {
            return true;
        }
    }

    private static Socket NewSocket() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    // The mode can be set once the file is there, so that it comes into being where nobody else gets to.
    [UnsupportedOSPlatform("windows")]
    private Socket Open()
    {
        var folder = NewPrivateFolder();
        var socket = NewSocket();
        try
        {
            var hidden = Path.Combine(folder, "s");
            socket.Bind(new UnixDomainSocketEndPoint(hidden));
            File.SetUnixFileMode(hidden, mode);
            socket.Listen(Backlog);
            File.Move(hidden, path, overwrite: true);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // Beside the file, for it to be moved; with a short name, since the whole path must fit.
    [UnsupportedOSPlatform("windows")]
    private string NewPrivateFolder()
    {
        var parent = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(parent))
            throw new DirectoryNotFoundException($"there is no folder {parent}");
        string folder;
        do
            folder = Path.Combine(parent, $".{Path.GetRandomFileName()[..3]}");
        while (Path.Exists(folder));
        return Directory.CreateDirectory(folder, OwnerOnly).FullName;
    }
}
