using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Sidecar.Fuzz.Driver;

/// <summary>
/// The input that is being tried, in a file that outlives the process: what ends that as a whole, as a stack that is used up does, leaves
/// nothing else behind.
/// </summary>
internal sealed unsafe class CurrentInput : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _memory;
    private readonly int _maxLength;

    /// <summary>Makes the file.</summary>
    public CurrentInput(string path, int maxLength)
    {
        _maxLength = maxLength;
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Create, mapName: null, sizeof(int) + maxLength);
        _view = _file.CreateViewAccessor();
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _memory);
    }

    /// <summary>Notes an input.</summary>
    public void Set(ReadOnlySpan<byte> input)
    {
        input = input[..Math.Min(input.Length, _maxLength)];
        BinaryPrimitives.WriteInt32LittleEndian(new Span<byte>(_memory, sizeof(int)), input.Length);
        input.CopyTo(new Span<byte>(_memory + sizeof(int), _maxLength));
    }

    /// <summary>The input that such a file holds; null where there is none.</summary>
    public static byte[]? Read(string path)
    {
        if (!File.Exists(path))
            return null;
        var content = File.ReadAllBytes(path);
        return content.Length < sizeof(int) || BinaryPrimitives.ReadInt32LittleEndian(content) is var length && (length < 0 || length > content.Length - sizeof(int))
            ? null
            : content[sizeof(int)..(sizeof(int) + length)];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        SafeMemoryMappedViewHandle handle = _view.SafeMemoryMappedViewHandle;
        handle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
