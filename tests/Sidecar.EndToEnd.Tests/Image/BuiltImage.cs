using System.Diagnostics;
using System.Runtime.InteropServices;
using Sidecar.Testing;
using Xunit;

namespace Sidecar.EndToEnd.Tests.Image;

/// <summary>
/// The image's content, built without an engine: what its recipe copies and runs, in a folder of its own, and beside it a bare root with
/// the runtime and the native libraries that the base image has.
/// </summary>
public sealed class BuiltImage : IAsyncLifetime
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"sidecar-image-{Guid.NewGuid():N}");

    /// <summary>The folder that the image has as /app.</summary>
    public string App => Path.Combine(_folder, "app");

    /// <summary>The recipe.</summary>
    internal Dockerfile Recipe { get; } = Dockerfile.Read(Path.Combine(Repository.Root, "deploy", "docker", "Dockerfile"));

    private string Source => Path.Combine(_folder, "source");

    private string Root => Path.Combine(_folder, "root");

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        foreach (var (word, text) in Recipe.Build)
        {
            if (word == "COPY")
                Copy(text);
            else
                await RunAsync(text.Replace("$TARGETARCH", Architecture, StringComparison.Ordinal)
                    .Replace("$REVISION", "", StringComparison.Ordinal).Replace("-o /app", $"-o {App}", StringComparison.Ordinal));
        }

        await MakeRootAsync();
    }

    /// <inheritdoc/>
    public Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>
    /// The command that runs the image's program in its root, which can't be written to, as the image's user, without a capability, with
    /// no variables but the image's and those of the command itself, which it takes from the process that starts it.
    /// </summary>
    /// <param name="variables">Names of the variables that are handed through.</param>
    /// <param name="group">A control group to run it in, or null.</param>
    /// <param name="arguments">The program's arguments.</param>
    internal (string Program, string[] Arguments) Command(IEnumerable<string> variables, ControlGroup? group, params string[] arguments)
    {
        var (user, userGroup) = Recipe.Only("USER").Split(':') switch { var parts => (parts[0], parts[1]) };
        string[] set = [.. variables.SelectMany(name => (string[])["--setenv", name, $"${name}"])];
        string[] image = [.. Recipe.Variables.SelectMany(pair => (string[])["--setenv", pair.Key, pair.Value])];
        // Root becomes that user first, so that it is the kernel's word and not only that of the name space.
        string[] become = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid", user, "--regid", userGroup, "--clear-groups"] : [];
        string[] bubble =
        [
            .. become, "bwrap", "--die-with-parent", "--unshare-user", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup", "--cap-drop", "ALL",
            "--uid", user, "--gid", userGroup, "--ro-bind", Root, "/", "--ro-bind", App, "/app",
            "--ro-bind", Path.Combine(DotnetFolder, "shared"), "/usr/share/dotnet/shared",
            "--ro-bind", Path.Combine(DotnetFolder, "host"), "/usr/share/dotnet/host",
            "--proc", "/proc", "--dev", "/dev", .. group?.Mounts ?? [], "--clearenv", .. image, .. set, "--",
            Recipe.Only("ENTRYPOINT").Trim('[', ']', '"'), .. arguments,
        ];
        // A shell in front puts it into the group before anything of it runs, and fills in the variables.
        var words = string.Join(' ', bubble.Select(Quoted));
        var enter = group is null ? "" : $"echo $$ > {group.Processes} && ";
        return ("/bin/sh", ["-c", $"{enter}exec {words}"]);
    }

    private static string Architecture => RuntimeInformation.OSArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
        _ => "amd64",
    };

    // The folder of the runtime that runs this: dotnet/shared/Microsoft.NETCore.App/10.0.0/.
    private static string DotnetFolder => Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    private static string Quoted(string word) =>
        word.StartsWith('$') ? $"\"{word}\"" : $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    // "one two three/": all but the last into the last.
    private void Copy(string files)
    {
        var parts = files.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var target = Path.GetFullPath(Path.Combine(Source, parts[^1]));
        foreach (var part in parts[..^1])
        {
            var source = Path.Combine(Repository.Root, part);
            if (Directory.Exists(source))
                CopyFolder(source, target);
            else
                CopyFile(source, Path.Combine(target, Path.GetFileName(source)));
        }
    }

    private static void CopyFolder(string source, string target)
    {
        foreach (var file in Directory.EnumerateFiles(source))
            CopyFile(file, Path.Combine(target, Path.GetFileName(file)));
        // What .dockerignore leaves out.
        foreach (var folder in Directory.EnumerateDirectories(source).Where(folder => Path.GetFileName(folder) is not ("bin" or "obj")))
            CopyFolder(folder, Path.Combine(target, Path.GetFileName(folder)));
    }

    private static void CopyFile(string source, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.Copy(source, target, overwrite: true);
    }

    private async Task RunAsync(string command)
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command + " -nodeReuse:false"])
        {
            WorkingDirectory = Source,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"exit code {process.ExitCode} of: {command}\n{said}");
    }

    // The base image has the C library, its loader, libgcc and libstdc++, OpenSSL and certificates; here they are this machine's.
    private async Task MakeRootAsync()
    {
        foreach (var folder in (string[])["app", "usr/share/dotnet/shared", "usr/share/dotnet/host", "proc", "dev", "sys/fs/cgroup", "etc"])
            Directory.CreateDirectory(Path.Combine(Root, folder));
        var crypto = (await LinesAsync("/sbin/ldconfig", "-p"))
            .Where(line => line.StartsWith("libssl.so.3 ", StringComparison.Ordinal) || line.StartsWith("libcrypto.so.3 ", StringComparison.Ordinal))
            .Select(line => line[(line.LastIndexOf(' ') + 1)..]).ToList();
        var runtime = RuntimeEnvironment.GetRuntimeDirectory();
        var needed = new HashSet<string>(crypto, StringComparer.Ordinal);
        foreach (var user in (string[])[Path.Combine(runtime, "libcoreclr.so"), Path.Combine(runtime, "libSystem.Native.so"), .. crypto])
        {
            // "libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x...)", or the loader: "/lib64/ld-linux-x86-64.so.2 (0x...)".
            needed.UnionWith((await LinesAsync("ldd", user)).SelectMany(line => line.Split(' ')).Where(word => word.StartsWith('/')));
        }

        foreach (var library in needed)
            CopyFile(library, Root + library);
    }

    private static async Task<string[]> LinesAsync(string program, string argument)
    {
        using var process = Process.Start(new ProcessStartInfo(program, [argument]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return said.Split('\n', StringSplitOptions.TrimEntries);
    }
}
