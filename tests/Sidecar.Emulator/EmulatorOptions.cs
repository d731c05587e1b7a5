using Sidecar.Emulator.Data;

namespace Sidecar.Emulator;

/// <summary>How an emulator is started.</summary>
public sealed record EmulatorOptions
{
    /// <summary>The API key that is accepted where none is given.</summary>
    public const string DefaultApiKey = "server-key-of-the-emulator";

    /// <summary>The TCP port on 127.0.0.1; 0, the default, takes any free one.</summary>
    public int Port { get; init; }

    /// <summary>Path of a data file; together with <see cref="Data"/> it is refused. Neither: the demo data.</summary>
    public string? DataFile { get; init; }

    /// <summary>Data in memory, in the place of a file.</summary>
    public EmulatorData? Data { get; init; }

    /// <summary>The API key that is accepted at first; it can be changed while the emulator runs.</summary>
    public string ApiKey { get; init; } = DefaultApiKey;

    /// <summary>The clock of all dates and delays.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
