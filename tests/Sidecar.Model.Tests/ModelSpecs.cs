using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Xunit.Abstractions;

namespace Sidecar.Model.Tests;

/// <summary>
/// The whole service against a reference of it: lists of commands, drawn at random, drive the real actors in virtual time, and after each
/// thing that happens what they did is held against what the reference says. SIDECAR_MODEL_STEPS says how many commands, in all;
/// SIDECAR_MODEL_SEED draws the same lists once more; up to 2,000 commands are the same in every build, where it is not named.
/// </summary>
public sealed class ModelSpecs(ITestOutputHelper output)
{
    private const int StepsOfARun = 100;
    private const int UsualSteps = 2_000;
    private const int MostSteps = 100_000_000;

    // What every build draws. A long run draws others each time.
    private const ulong UsualSeed = 1;
    private const ulong Gamma = 1_442_695_040_888_963_407;

    private static readonly Gen<Command> AnyCommand = Gen.Frequency(
        (30, Of(CommandKind.Ask)),
        (14, Of(CommandKind.Answer)),
        (6, Of(CommandKind.AnswerAsItWas)),
        (5, Of(CommandKind.Fail)),
        (8, Of(CommandKind.ChangeSet)),
        (7, Of(CommandKind.Use)),
        (10, Of(CommandKind.Deliver)),
        (3, Of(CommandKind.DeliverTwice)),
        (2, Of(CommandKind.SayChanged)),
        (1, Of(CommandKind.Publish)),
        (1, Of(CommandKind.Drop)),
        (1, Of(CommandKind.Refuse)),
        (5, Of(CommandKind.Report)),
        (2, Of(CommandKind.Reload)),
        (1, Of(CommandKind.Evict)),
        (1, Of(CommandKind.Die)),
        (2, Of(CommandKind.TroubleStore)),
        (2, Of(CommandKind.WriteStored)),
        (22, Of(CommandKind.Pass)));

    private static readonly Arbitrary<Scenario> AnyScenario = Arb.From(
        from hasStore in Gen.Elements(true, false)
        from commands in AnyCommand.ArrayOf(StepsOfARun)
        select new Scenario(hasStore, commands),
        Shorter);

    [Fact]
    public async Task The_service_does_what_the_reference_says()
    {
        var steps = (int)(Number("SIDECAR_MODEL_STEPS", StepsOfARun, MostSteps) ?? UsualSteps);
        var seed = Number("SIDECAR_MODEL_SEED", 0, ulong.MaxValue) ?? (steps > UsualSteps ? (ulong)Random.Shared.NextInt64() : UsualSeed);
        var settings = Config.QuickThrowOnFailure.WithMaxTest(steps / StepsOfARun).WithReplay(seed, Gamma);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        // A thread of its own: see Rest.
        new Thread(() =>
        {
            try
            {
                var rest = new Rest();
                Check.One(settings, Prop.ForAll(AnyScenario, scenario => Carry(scenario, rest)));
                ended.SetResult();
            }
            catch (Exception e)
            {
                var again = $"SIDECAR_MODEL_SEED={seed} SIDECAR_MODEL_STEPS={steps}";
                ended.SetException(new InvalidOperationException($"{again}\n{Excerpt(e.Message)}"));
            }
        }).Start();

        await ended.Task;
        output.WriteLine($"{steps / StepsOfARun * StepsOfARun:N0} steps in lists of {StepsOfARun}, seed {seed}: no divergence");
    }

    private static void Carry(Scenario scenario, Rest rest)
    {
        using var run = new ModelRun(rest, scenario.HasStore);
        run.Carry(scenario.Commands);
    }

    private static Gen<Command> Of(CommandKind kind) =>
        from pick in Gen.Choose(0, 11)
        from way in Gen.Choose(0, 10)
        select new Command(kind, pick, way);

    // Without a part of it, the larger ones first.
    private static IEnumerable<Scenario> Shorter(Scenario scenario)
    {
        var commands = scenario.Commands;
        for (var length = commands.Length / 2; length > 0; length /= 2)
        {
            for (var start = 0; start + length <= commands.Length; start += length)
                yield return scenario with { Commands = [.. commands[..start], .. commands[(start + length)..]] };
        }
    }

    // The list as it was drawn is of no use beside the shrunk one.
    private static string Excerpt(string message)
    {
        var shrunk = message.IndexOf("Shrunk:", StringComparison.Ordinal);
        return shrunk < 0 ? message : $"{message.Split('\n')[0]}\n{message[shrunk..]}";
    }

    private static ulong? Number(string variable, ulong least, ulong most) => Environment.GetEnvironmentVariable(variable) is not { Length: > 0 } text
        ? null
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new FormatException($"{variable} is \"{text}\", expected a whole number from {least} to {most}");
}
