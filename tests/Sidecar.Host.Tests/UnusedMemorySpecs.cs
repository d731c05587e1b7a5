using System.Runtime.InteropServices;
using FluentAssertions;
using Sidecar.Host.Runtime;
using Sidecar.Host.Tests.Bench;
using Sidecar.Testing;
using Xunit;

namespace Sidecar.Host.Tests;

// Of the whole process: what others take meanwhile would count.
[Collection(AloneCollection.Name)]
public sealed class UnusedMemorySpecs
{
    private const int Blocks = 20_000;
    private const int BlockBytes = 2_000;

    [Fact]
    public void What_native_code_has_freed_goes_back_to_the_system()
    {
        if (!UnusedMemory.TrimNative())
            return;
        var content = Enumerable.Repeat((byte)1, BlockBytes).ToArray();
        var blocks = new nint[Blocks];
        for (var i = 0; i < Blocks; i++)
        {
            blocks[i] = Marshal.AllocHGlobal(BlockBytes);
            Marshal.Copy(content, 0, blocks[i], BlockBytes);
        }

        // The last one stays, so that those below it are kept by the C library.
        for (var i = 0; i < Blocks - 1; i++)
            Marshal.FreeHGlobal(blocks[i]);
        // What managed code left is no gift of this.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var before = ProcessFigures.ResidentBytes(Environment.ProcessId);

        UnusedMemory.TrimNative();

        var given = before - ProcessFigures.ResidentBytes(Environment.ProcessId);
        Marshal.FreeHGlobal(blocks[^1]);
        given.Should().BeGreaterThan(Blocks / 2 * BlockBytes);
    }
}
