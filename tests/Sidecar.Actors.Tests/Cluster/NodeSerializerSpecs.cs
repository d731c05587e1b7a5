using Akka.Actor;
using Akka.Serialization;
using FsCheck.Xunit;
using Google.Protobuf;
using Sidecar.Actors.Cluster;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;
using Sidecar.Testing;
using Wire = Sidecar.Protocol.Nodes.V1;

namespace Sidecar.Actors.Tests.Cluster;

/// <summary>Each message between nodes has a form with a version, which a node of the next release and one of this read alike.</summary>
public sealed class NodeSerializerSpecs : IDisposable
{
    private static readonly string Golden = Repository.At("tests", "Sidecar.Actors.Tests", "Golden", "Nodes");

    private readonly ActorSystem _system = ActorSystem.Create("nodes", NodeSerializer.Settings + """

        akka.loglevel = OFF
        akka.stdout-loglevel = OFF
        akka.actor.serializers.json = "Sidecar.Actors.RefusingSerializer, Sidecar.Actors"
        """);

    public static TheoryData<string> Names => [.. NodeMessageSamples.All.Keys];

    public static TheoryData<string> Kinds =>
        [.. typeof(INodeMessage).Assembly.GetTypes()
            .Where(type => type.IsAssignableTo(typeof(INodeMessage)) && !type.IsInterface && !type.IsAbstract)
            .Select(type => type.Name)];

    private Serialization Serialization => ((ExtendedActorSystem)_system).Serialization;

    public void Dispose() => _system.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Each_kind_of_message_is_sent_in_a_form_of_its_own_with_a_version(string kind)
    {
        var samples = NodeMessageSamples.All.Where(sample => sample.Value.GetType().Name == kind).ToList();

        samples.Should().NotBeEmpty($"{kind} has a form, and a sample whose bytes are pinned");
        foreach (var (name, message) in samples)
        {
            var serializer = Serialization.FindSerializerFor(message).Should().BeOfType<NodeSerializer>().Which;
            serializer.Identifier.Should().Be(1_906);
            serializer.Manifest(message).Should().MatchRegex(@"^[a-z]+\.[1-9]$").And.Be(name.Split('-')[0]);
        }

        var manifest = ManifestOf(samples[0].Value);
        NodeMessageSamples.All.Values.Where(other => ManifestOf(other) == manifest)
            .Should().OnlyContain(other => other.GetType().Name == kind, "no other kind has this manifest");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Each_message_is_the_bytes_that_were_accepted(string name)
    {
        var message = NodeMessageSamples.All[name];
        var file = Path.Combine(Golden, name + ".hex");
        var bytes = Serialization.FindSerializerFor(message).ToBinary(message);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Golden);
            await File.WriteAllTextAsync(file, string.Concat(bytes.Chunk(50).Select(line => Convert.ToHexStringLower(line) + "\n")));
        }

        var accepted = File.Exists(file) ? Convert.FromHexString((await File.ReadAllTextAsync(file)).ReplaceLineEndings("")) : [];

        Convert.ToHexStringLower(bytes).Should().Be(
            Convert.ToHexStringLower(accepted),
            "nodes of two releases work together. Of a form that was never released: "
            + "UPDATE_GOLDEN=1 dotnet test tests/Sidecar.Actors.Tests -c Release");
        Serialization.Deserialize(accepted, 1_906, name.Split('-')[0]).ShouldSayTheSameAs(message);
    }

    [Fact]
    public void There_are_no_other_accepted_bytes() =>
        Directory.GetFiles(Golden).Select(Path.GetFileNameWithoutExtension).Should().BeEquivalentTo(NodeMessageSamples.All.Keys);

    [Property(Arbitrary = [typeof(RandomNodeMessages)], MaxTest = 1000)]
    public void A_message_comes_back_as_it_was(INodeMessage message) => Sent(message).ShouldSayTheSameAs(message);

    [Fact]
    public void A_form_that_only_a_newer_release_knows_is_refused_by_name()
    {
        foreach (var manifest in new[] { "ask.2", "later.1", "ask", "" })
        {
            FluentActions.Invoking(() => Serialization.Deserialize([], 1_906, manifest))
                .Should().Throw<NotSupportedException>().WithMessage($"*'{manifest}'*");
        }
    }

    [Fact]
    public void A_message_without_a_form_is_refused_by_name()
    {
        var serializer = Serialization.FindSerializerFor(new Formless()).Should().BeOfType<NodeSerializer>().Which;

        FluentActions.Invoking(() => serializer.Manifest(new Formless())).Should().Throw<NotSupportedException>().WithMessage("*Formless*");
        FluentActions.Invoking(() => serializer.ToBinary(new Formless())).Should().Throw<NotSupportedException>().WithMessage("*Formless*");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Fields_that_only_a_newer_release_knows_are_ignored(string name)
    {
        var message = NodeMessageSamples.All[name];
        var bytes = Serialization.FindSerializerFor(message).ToBinary(message);
        // Field 1000, a text.
        byte[] later = [0xC2, 0x3E, 0x03, .. "new"u8];

        Serialization.Deserialize([.. later, .. bytes, .. later], 1_906, ManifestOf(message)).ShouldSayTheSameAs(message);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Bytes_that_end_early_are_a_message_or_refused_and_nothing_else(string name)
    {
        var message = NodeMessageSamples.All[name];
        var bytes = Serialization.FindSerializerFor(message).ToBinary(message);
        var refused = 0;
        for (var length = 0; length < bytes.Length; length++)
        {
            try
            {
                Serialization.Deserialize(bytes[..length], 1_906, ManifestOf(message)).Should().BeOfType(message.GetType());
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }

        refused.Should().BePositive();
    }

    [Fact]
    public void A_message_that_lacks_what_it_is_about_is_refused()
    {
        var key = new Wire.EntryKey { CustomerId = "c" };
        var owner = new Wire.Owner { Address = "akka.tcp://sidecar@10.0.0.7:5054" };
        (string Manifest, IMessage Told, string Fault)[] wrong =
        [
            ("ask.1", new Wire.AskOwner { Holder = owner }, "an entry's key is missing"),
            ("ask.1", new Wire.AskOwner { Holder = owner, Key = new Wire.EntryKey() }, "an entry's customer id is empty"),
            ("ask.1", new Wire.AskOwner { Key = key }, "the node that speaks is missing"),
            ("granted.1", new Wire.EntryGranted { Owner = new Wire.Owner { Uid = 1 } }, "a node's address is empty"),
            ("granted.1", new Wire.EntryGranted { Owner = owner, Entry = new Wire.LeasedEntry { Key = key } },
                "an entry's state is missing"),
            ("push.1", new Wire.PushLease { Owner = owner }, "the entry that is pushed is missing"),
            ("revoke.1", new Wire.RevokeLease { Owner = owner }, "an entry's key is missing"),
            ("bring.1", new Wire.BringNews(), "news is missing"),
            ("stored.1", new Wire.StoredChanged(), "an entry's key is missing"),
            ("invalidate.1", new Wire.InvalidateAtOwner(), "an entry's key is missing"),
            ("reload.1", new Wire.ReloadAtOwner { Key = new Wire.EntryKey { CustomerId = "c", ResourceId = "" } },
                "an entry's resource id is empty"),
        ];

        foreach (var (manifest, told, fault) in wrong)
        {
            FluentActions.Invoking(() => Serialization.Deserialize(told.ToByteArray(), 1_906, manifest))
                .Should().Throw<InvalidDataException>().WithMessage(fault);
        }
    }

    [Fact]
    public void Words_that_only_a_newer_release_knows_have_the_most_careful_meaning()
    {
        var owner = new Wire.Owner { Address = "akka.tcp://sidecar@10.0.0.7:5054" };
        var granted = new Wire.EntryGranted { Owner = owner, Source = (Wire.AnswerSource)99 };
        var brought = new Wire.NewsBrought { Outcome = (Wire.NewsOutcome)99 };

        Serialization.Deserialize(granted.ToByteArray(), 1_906, "granted.1").Should().BeOfType<EntryGranted>()
            .Which.Source.Should().Be(AnswerSource.Stale);
        Serialization.Deserialize(brought.ToByteArray(), 1_906, "brought.1").Should().Be(new NewsBrought(0, NewsOutcome.Lost));
    }

    [Fact]
    public void A_length_of_time_below_zero_is_none()
    {
        var (key, owner) = (new Wire.EntryKey { CustomerId = "c" }, new Wire.Owner { Address = "akka.tcp://sidecar@10.0.0.7:5054" });
        var ask = new Wire.AskOwner { Key = key, Holder = owner, MaxWaitTicks = long.MinValue };
        var entry = new Wire.LeasedEntry { Key = key, State = new Wire.State(), AgeTicks = long.MinValue };
        var granted = new Wire.EntryGranted { Owner = owner, Entry = entry, LeaseTicks = -1 };

        Serialization.Deserialize(ask.ToByteArray(), 1_906, "ask.1").Should().BeOfType<AskOwner>().Which.MaxWait.Should().Be(TimeSpan.Zero);
        var read = Serialization.Deserialize(granted.ToByteArray(), 1_906, "granted.1").Should().BeOfType<EntryGranted>().Subject;
        (read.Lease, read.Entry!.Age).Should().Be((TimeSpan.Zero, TimeSpan.Zero));
    }

    private object Sent(INodeMessage message) =>
        Serialization.Deserialize(Serialization.FindSerializerFor(message).ToBinary(message), 1_906, ManifestOf(message));

    private string ManifestOf(INodeMessage message) => ((NodeSerializer)Serialization.FindSerializerFor(message)).Manifest(message);

    private sealed record Formless : INodeMessage;
}
