namespace Sidecar.Emulator.Data;

/// <summary>Data that can't be used; the message names the place by its JSON path and says what is wrong.</summary>
public sealed class EmulatorDataException : Exception
{
    /// <summary>Something is wrong.</summary>
    public EmulatorDataException()
    {
    }

    /// <summary>Something is wrong, as the message says.</summary>
    public EmulatorDataException(string message)
        : base(message)
    {
    }

    /// <summary>Something is wrong, as the message says, because of another failure.</summary>
    public EmulatorDataException(string message, Exception? inner)
        : base(message, inner)
    {
    }
}
