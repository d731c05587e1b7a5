namespace Sidecar.Model.Tests;

/// <summary>What may happen.</summary>
internal enum CommandKind
{
    /// <summary>Somebody asks about an entry.</summary>
    Ask,

    /// <summary>The cloud answers a request that it holds, by what is true now.</summary>
    Answer,

    /// <summary>The cloud answers a request that it holds, by what was true when it came.</summary>
    AnswerAsItWas,

    /// <summary>A request that the cloud holds ends in some other way.</summary>
    Fail,

    /// <summary>The cloud changes an entry's set.</summary>
    ChangeSet,

    /// <summary>More is used.</summary>
    Use,

    /// <summary>News arrives.</summary>
    Deliver,

    /// <summary>News arrives that will arrive once more.</summary>
    DeliverTwice,

    /// <summary>News says that an entry changed, and not what.</summary>
    SayChanged,

    /// <summary>A package is published for everybody.</summary>
    Publish,

    /// <summary>The stream of updates drops.</summary>
    Drop,

    /// <summary>Connections to the stream of updates are refused from now on, or no more.</summary>
    Refuse,

    /// <summary>Somebody reports usage.</summary>
    Report,

    /// <summary>Somebody has an entry reloaded.</summary>
    Reload,

    /// <summary>Memory is full for a moment.</summary>
    Evict,

    /// <summary>The cloud answers nothing from now on, or does again.</summary>
    Die,

    /// <summary>The persistent cache fails or hangs from now on, or works again.</summary>
    TroubleStore,

    /// <summary>Another program writes an entry to the persistent cache: what is true, or what was true some time ago.</summary>
    WriteStored,

    /// <summary>Time passes.</summary>
    Pass,
}
