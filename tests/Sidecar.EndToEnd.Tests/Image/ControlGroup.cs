using System.Globalization;

namespace Sidecar.EndToEnd.Tests.Image;

/// <summary>A control group with a bound on memory, as an engine makes one for a container.</summary>
internal sealed class ControlGroup : IAsyncDisposable
{
    private const string Version1 = "/sys/fs/cgroup/memory";
    private const string Version2 = "/sys/fs/cgroup";
    private readonly string _folder;
    private readonly string _mount;

    private ControlGroup(string mount, string folder)
    {
        _mount = mount;
        _folder = folder;
    }

    /// <summary>The file that takes a process in.</summary>
    public string Processes => Path.Combine(_folder, "cgroup.procs");

    /// <summary>What bubblewrap is told, so that the group is the root of what is seen inside, as in a container.</summary>
    public string[] Mounts => _mount == Version1
        ? ["--tmpfs", Version2, "--ro-bind", _folder, Version1]
        : ["--ro-bind", _folder, Version2];

    /// <summary>Makes a group, or says why that can't be.</summary>
    /// <param name="bytes">The bound.</param>
    /// <param name="why">Why there is none.</param>
    public static ControlGroup? TryMake(long bytes, out string why)
    {
        why = "";
        var mount = Directory.Exists(Version1) ? Version1 : Version2;
        var folder = Path.Combine(mount, $"sidecar-{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(
                Path.Combine(folder, mount == Version1 ? "memory.limit_in_bytes" : "memory.max"), bytes.ToString(CultureInfo.InvariantCulture));
            return new ControlGroup(mount, folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            why = e.Message;
            if (Directory.Exists(folder))
                Directory.Delete(folder);
            return null;
        }
    }

    /// <summary>Takes the group away; its processes have ended, which the kernel may notice a little later.</summary>
    public async ValueTask DisposeAsync()
    {
        for (var left = 200; ; left--)
        {
            try
            {
                Directory.Delete(_folder);
                return;
            }
            catch (IOException) when (left > 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10));
            }
        }
    }
}
