namespace Sidecar.Bench.Sections;

/// <summary>A part of the benchmark.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="IsDefault">Whether it is measured where nothing is named.</param>
/// <param name="About">What it does, for the page.</param>
internal sealed record Section(string Name, bool IsDefault, string About)
{
    public const string Start = "start";
    public const string Cold = "cold";
    public const string Redis = "redis";
    public const string Bound = "bound";
    public const string Cluster = "cluster";
    public const string Soak = "soak";
    public const string Memory = "memory";
    public const string Mixed = "mixed";
    public const string Hot = "hot";
    public const string Rate = "rate";

    /// <summary>All there are, in the order in which they are measured: the one that changes the cloud's data comes last.</summary>
    public static IReadOnlyList<Section> All { get; } =
    [
        new(Start, true, "The service by itself, with the stream of updates and without Redis: the time from the start of the process to its first "
            + "answer, and what it takes when nobody asks. A process gives back memory in its first minute: so it has less after that than where another part "
            + "looks at it sooner."),
        new(Cold, true, "Customers whom nobody asked about before, each once: the service reads them from the cloud. The processor time is the "
            + "service's alone; the rate is that of emulated cloud, load and service on the same cores."),
        new(Redis, true, "The same after a restart, with customers that Redis knows; behind each answer the service confirms it at the cloud, at most "
            + "500 a second."),
        new(Bound, true, "A fresh process with `CACHE_MAX_SIZE_BYTES` at 64 MiB: a thousand customers are kept warm, then far more others than "
            + "fit are asked about once, then the thousand again. Every answer is compared with the data, byte by byte."),
        new(Soak, false, "One core (`taskset`), the heap limits of a container of 512 MiB, 2,000 questions a second of which one in twenty is about a customer "
            + "not asked about for long, and 200 updates a second. A wrong or failed answer ends it."),
        new(Cluster, false, "One node of a cluster of three, beside the service by itself: 1,000 customers that all nodes hold, a third of them its own, all "
            + "kinds of questions, mixed. Then the cost of renewals, without that of the questions that bring them about; of updates of customers that "
            + "all nodes hold, for each node; and of doing nothing."),
        new(Memory, true, "Resident memory of the idle process with all customers in it, less that without them, by their number. Each has 20 "
            + "entitlements, of which 8 are metered and have usage and periods."),
        new(Mixed, true, "All customers and all kinds of questions, mixed, as fast as answers come: 4 connections of 50 streams, byte for byte the same "
            + "requests for all servers, every answer checked."),
        new(Hot, true, "One kind of question about one customer, by h2load."),
        new(Rate, true, "The same questions as in *mixed* at half of the bare server's largest rate, measured anew in each round, each at its time whatever "
            + "became of those before; latency counts from then, so that a pause shows in all questions that it holds up. *With 2,000 updates a second* "
            + "the bare server's figure is that of a machine on which nothing else goes on; *for both* it is its figure while the emulated cloud sends "
            + "them as well, to the service, which takes them and is asked nothing: what that costs slows the bare server too, and only this is to be "
            + "compared. A round in whose course the machine became faster or slower by more than 15 % is measured again, at most twice."),
    ];

    /// <summary>The one of a name, or null.</summary>
    public static Section? Find(string name) => All.FirstOrDefault(section => section.Name == name);
}
