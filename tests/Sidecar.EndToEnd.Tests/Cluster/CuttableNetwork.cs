using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;

namespace Sidecar.EndToEnd.Tests.Cluster;

/// <summary>
/// A network of nodes that can be cut, each node in a network namespace of its own. Between nodes there is one switch; where it is cut frames
/// vanish, and nobody is told. Beside that each node has a wire of its own to the tests, over which it reaches no other node.
/// </summary>
internal sealed class CuttableNetwork : IAsyncDisposable
{
    private const string Prefix = "sidecar-cut-";
    private const string NamespaceFolder = "/run/netns";
    private const string FilesFolder = "/etc/netns";
    private const string Whole = "whole";
    private const string Apart = "apart";
    private static readonly TimeSpan LeftOver = TimeSpan.FromHours(1);
    private static readonly Lazy<string?> WhyMissing = new(FindWhyMissing);
    private static int _made;

    private readonly string _name;
    private readonly string _switch;
    private readonly int _count;
    private readonly byte[] _outside;
    private readonly string _wire;

    private CuttableNetwork(int count)
    {
        _count = count;
        // The time tells what a run has left that was killed.
        _name = string.Create(
            CultureInfo.InvariantCulture,
            $"{Prefix}{TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()}-{Environment.ProcessId}-{Interlocked.Increment(ref _made)}");
        _switch = $"{_name}-switch";
        _outside = FreeSubnet();
        _wire = string.Create(CultureInfo.InvariantCulture, $"sc{_outside[1]:x2}{_outside[2]:x2}-");
    }

    /// <summary>Why there can be no such network here; null where there can.</summary>
    public static string? Missing => WhyMissing.Value;

    /// <summary>Makes a network.</summary>
    /// <param name="count">How many nodes.</param>
    public static async Task<CuttableNetwork> StartAsync(int count)
    {
        await SweepAsync();
        var it = new CuttableNetwork(count);
        try
        {
            await it.MakeAsync();
            return it;
        }
        catch
        {
            await it.DisposeAsync();
            throw;
        }
    }

    /// <summary>The namespace that a node runs in.</summary>
    public string NamespaceOf(int node) => string.Create(CultureInfo.InvariantCulture, $"{_name}-{node}");

    /// <summary>A node's address for other nodes.</summary>
    public static IPAddress HostOf(int node) => new([10, 99, 0, (byte)node]);

    /// <summary>A node's address for the tests.</summary>
    public IPAddress OutsideOf(int node) => new([.. _outside, (byte)((4 * node) + 2)]);

    /// <summary>The tests' address for a node.</summary>
    public IPAddress TestsAddressOf(int node) => new([.. _outside, (byte)((4 * node) + 1)]);

    /// <summary>Cuts some nodes off the others; among themselves they are connected.</summary>
    public Task CutAsync(params int[] nodes) => PlugAsync(nodes, Apart);

    /// <summary>Connects nodes with all others again.</summary>
    public Task HealAsync(params int[] nodes) => PlugAsync(nodes, Whole);

    /// <summary>Has nodes look up names at the tests' address for each; to be told before they start.</summary>
    public async Task UseNameServersAsync()
    {
        for (var node = 1; node <= _count; node++)
        {
            var folder = Path.Combine(FilesFolder, NamespaceOf(node));
            Directory.CreateDirectory(folder);
            await File.WriteAllTextAsync(Path.Combine(folder, "resolv.conf"), $"nameserver {TestsAddressOf(node)}\n");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        List<Exception> failures = [];
        foreach (var name in Enumerable.Range(1, _count).Select(NamespaceOf).Append(_switch).Where(Exists))
        {
            try
            {
                await RemoveAsync(name);
            }
            catch (InvalidOperationException e)
            {
                failures.Add(e);
            }
        }

        if (failures.Count > 0)
            throw new AggregateException(failures);
    }

    private async Task MakeAsync()
    {
        await IpAsync($"""
            netns add {_switch}
            """);
        await IpAsync($"""
            link add {Whole} up type bridge
            link add {Apart} up type bridge
            """, _switch);
        for (var node = 1; node <= _count; node++)
        {
            var name = NamespaceOf(node);
            await IpAsync($"""
                netns add {name}
                link add name node{node} netns {_switch} type veth peer name nodes netns {name}
                link add name {_wire}{node} type veth peer name tests netns {name}
                addr add {TestsAddressOf(node)}/30 dev {_wire}{node}
                link set {_wire}{node} up
                """);
            await IpAsync($"""
                link set lo up
                addr add {HostOf(node)}/24 dev nodes
                link set nodes up
                addr add {OutsideOf(node)}/30 dev tests
                link set tests up
                """, name);
            await IpAsync($"link set node{node} master {Whole} up", _switch);
        }
    }

    private Task<string> PlugAsync(int[] nodes, string bridge) =>
        IpAsync(string.Join('\n', nodes.Select(node => $"link set node{node} master {bridge}")), _switch);

    // What a run that was killed has left, and the processes in it.
    private static async Task SweepAsync()
    {
        if (!Directory.Exists(NamespaceFolder))
            return;
        var until = (TimeProvider.System.GetUtcNow() - LeftOver).ToUnixTimeSeconds();
        foreach (var name in Directory.EnumerateFiles(NamespaceFolder, Prefix + "*").Select(Path.GetFileName).OfType<string>())
        {
            if (!long.TryParse(name[Prefix.Length..].Split('-')[0], CultureInfo.InvariantCulture, out var made) || made > until)
                continue;
            foreach (var id in (await RunAsync(["netns", "pids", name])).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                try
                {
                    using var process = Process.GetProcessById(int.Parse(id, CultureInfo.InvariantCulture));
                    process.Kill();
                }
                catch (ArgumentException)
                {
                    // It has just ended.
                }
            }

            await RemoveAsync(name);
        }
    }

    private static async Task RemoveAsync(string name)
    {
        var files = Path.Combine(FilesFolder, name);
        if (Directory.Exists(files))
            Directory.Delete(files, recursive: true);
        await RunAsync(["netns", "del", name]);
    }

    private static bool Exists(string name) => File.Exists(Path.Combine(NamespaceFolder, name));

    private static byte[] FreeSubnet()
    {
        var taken = NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(static one => one.GetIPProperties().UnicastAddresses)
            .Select(static one => one.Address.GetAddressBytes())
            .ToArray();
        while (true)
        {
            byte[] subnet = [10, (byte)Random.Shared.Next(200, 250), (byte)Random.Shared.Next(256)];
            if (!Array.Exists(taken, address => address.AsSpan().StartsWith(subnet)))
                return subnet;
        }
    }

    private static string? FindWhyMissing()
    {
        const string need = "network namespaces are needed, that is root and Debian's iproute2";
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            return $"{need}: this is not root on Linux";
        var name = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()}-{Environment.ProcessId}-try");
        try
        {
            foreach (var command in (string[])[$"netns add {name}", $"-n {name} link add {Whole} type bridge", $"netns del {name}"])
                RunAsync(command.Split(' ')).GetAwaiter().GetResult();
            return null;
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return $"{need}: {e.Message}";
        }
    }

    // Each line is a command.
    private static Task<string> IpAsync(string commands, string? within = null) =>
        RunAsync([.. within is null ? [] : (string[])["-n", within], "-batch", "-"], commands);

    private static async Task<string> RunAsync(string[] arguments, string? input = null)
    {
        using var process = Process.Start(new ProcessStartInfo("ip", arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = input is not null,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        if (input is not null)
        {
            await process.StandardInput.WriteLineAsync(input);
            process.StandardInput.Close();
        }

        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"ip {string.Join(' ', arguments)} ended with {process.ExitCode}: {(await error).Trim()}\n{input}");
    }
}
