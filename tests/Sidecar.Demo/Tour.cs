using System.Diagnostics;
using System.Globalization;
using System.Net;
using Grpc.Core;
using Sidecar.Host.Configuration;
using Sidecar.Testing;
using Stigg.Sidecar.V1;

namespace Sidecar.Demo;

/// <summary>The acts of the demo, in their order. Each checks what it shows.</summary>
internal sealed class Tour
{
    // Longer than the service's own limit, so that it is the service that answers.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(15);

    // What was read less than this ago is answered from memory alone; the defaults allow 5 s for unknown customers, 10 s for others.
    private static readonly TimeSpan SurelyFresh = TimeSpan.FromSeconds(4);
    private const int MaxRounds = 3;
    private static readonly TimeSpan ArrivesWithin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan StreamPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StreamPause = TimeSpan.FromMilliseconds(100);

    // Enough to see that nothing has changed.
    private const int ShownWithoutCloud = 5;

    private readonly EmulatorProcess _emulator;
    private readonly SidecarProcess _sidecar;
    private readonly SidecarService.SidecarServiceClient _client;
    private readonly CancellationToken _cancellation;
    private Stopwatch _sinceLastRound = new();
    private int _answers;

    private static IReadOnlyList<Question> AllQuestions { get; } = [.. Questions.OfKnownCustomers, .. Questions.OfUnknownCustomer];

    private Tour(EmulatorProcess emulator, SidecarProcess sidecar, SidecarService.SidecarServiceClient client, CancellationToken cancellation)
    {
        _emulator = emulator;
        _sidecar = sidecar;
        _client = client;
        _cancellation = cancellation;
    }

    /// <summary>Plays the demo.</summary>
    /// <param name="keeps">Whether to leave both processes running after the questions, instead of ending the cloud.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <exception cref="DemoException">An answer was not the expected one.</exception>
    public static async Task RunAsync(bool keeps, CancellationToken cancellation)
    {
        Say("Sidecar demo: an emulated cloud, the service, and gRPC questions to it.");
        await using var emulator = await EmulatorProcess.StartAsync(cancellation);
        await using var sidecar = await SidecarProcess.StartAsync(Variables(emulator.Address));
        await emulator.WaitForKeyCheckAsync(cancellation);
        await WaitForStreamAsync(sidecar, cancellation);
        using var channel = sidecar.Connect();
        var tour = new Tour(emulator, sidecar, new SidecarService.SidecarServiceClient(channel), cancellation);
        tour.ShowProcesses();
        await tour.AskEveryKindAsync();
        await tour.AskAgainAsync();
        await tour.FollowChangesAsync();
        if (keeps)
        {
            Manual.Print(emulator, sidecar);
            await WaitForInterruptAsync(cancellation);
            return;
        }

        await tour.LoseTheCloudAsync();
        await tour.StopAsync();
    }

    private void ShowProcesses()
    {
        Say(string.Create(CultureInfo.InvariantCulture, $"""
              cloud     {_emulator.Address.GetLeftPart(UriPartial.Authority),-24} process {_emulator.Id}
              service   {_sidecar.GrpcAddress.GetLeftPart(UriPartial.Authority),-24} process {_sidecar.Id}, ready {_sidecar.TimeToReady.TotalSeconds:0.0} s after its start
            """));
    }

    private async Task AskEveryKindAsync()
    {
        Say("\n1. Questions of every kind. What is not in memory yet is read from the cloud.\n");
        _sinceLastRound.Restart();
        await AskAsync(AllQuestions);
    }

    private async Task AskAgainAsync()
    {
        Say("\n2. The same questions again: memory answers.\n");
        for (var round = 1; ; round++)
        {
            var before = await _emulator.RequestsAsync(_cancellation);
            var asked = Stopwatch.StartNew();
            await AskAsync(AllQuestions, shown: 0);
            var took = asked.Elapsed;
            var after = await _emulator.RequestsAsync(_cancellation);
            if (before == after)
            {
                Say(string.Create(
                    CultureInfo.InvariantCulture,
                    $"  {AllQuestions.Count} questions, the same answers, {took.TotalMilliseconds:0} ms in all; upstream requests: {before} → {after}"));
                return;
            }

            // On a machine that slow, what is in memory had grown old enough to be read again. Now it is fresh.
            if (_sinceLastRound.Elapsed < SurelyFresh || round == MaxRounds)
                throw new DemoException($"asking again cost upstream requests: {before} → {after}, expected none");
            _sinceLastRound = asked;
        }
    }

    private async Task FollowChangesAsync()
    {
        Say("\n3. A plan changes in the cloud, and changes back. Each change arrives by itself: nothing is asked of the cloud.\n");
        var before = await _emulator.RequestsAsync(_cancellation);
        var subscribed = await _emulator.CustomerAsync(Questions.ChangingCustomer, _cancellation);
        var table = new Table("change in the cloud", "question", "answer", "after");
        await ChangeAsync(table, "another plan", Questions.OnPlan(subscribed, "enterprise"), Questions.AfterChange);
        await ChangeAsync(table, "the plan before", Questions.OnPlan(subscribed, "pro"), Questions.BeforeChange);
        Say(table.ToString());
        var after = await _emulator.RequestsAsync(_cancellation);
        if (before != after)
            throw new DemoException($"following the changes cost upstream requests: {before} → {after}, expected none");
        Say($"  upstream requests: {before} → {after}");
    }

    private async Task ChangeAsync(Table table, string change, string customer, Question question)
    {
        var changed = Stopwatch.StartNew();
        await _emulator.PutCustomerAsync(Questions.ChangingCustomer, customer, _cancellation);
        string answer;
        while ((answer = await AskAsync(question)) != question.Expected)
        {
            if (changed.Elapsed > ArrivesWithin)
                throw new DemoException($"\"{question.Text}\" was answered \"{answer}\" after a change, expected \"{question.Expected}\" within {ArrivesWithin.TotalSeconds:0} s");
        }

        _answers++;
        table.Add(change, question.Text, answer, string.Create(CultureInfo.InvariantCulture, $"{changed.Elapsed.TotalMilliseconds:0} ms"));
    }

    private async Task LoseTheCloudAsync()
    {
        Say("\n4. The cloud's process is killed. Customers in memory go on as before.\n");
        await _emulator.KillAsync(_cancellation);
        await AskAsync(Questions.OfKnownCustomers, ShownWithoutCloud);
        Say($"  ... and {Questions.OfKnownCustomers.Count - ShownWithoutCloud} more, all as before.");

        Say("\n  customer-late, never asked about before, gets the first fallback there is.\n");
        var asked = Stopwatch.StartNew();
        // At once, since each waits for the same tries to reach the cloud.
        await AskAsync(Questions.OfLateCustomer, atOnce: true);
        Say(string.Create(
            CultureInfo.InvariantCulture, $"\n  This took {asked.Elapsed.TotalSeconds:0.0} s: the cloud is tried more than once before a fallback answers."));

        var (live, ready) = (await StatusAsync("/livez"), await StatusAsync("/readyz"));
        if ((live, ready) != (HttpStatusCode.OK, HttpStatusCode.OK))
            throw new DemoException($"/livez answered {(int)live} and /readyz {(int)ready} without the cloud, expected 200 of both");
        Say($"  Health stays as it was: /livez {(int)live}, /readyz {(int)ready}.");
    }

    private async Task StopAsync()
    {
        _sidecar.SendTerminate();
        var exitCode = await _sidecar.WaitForExitAsync();
        if (exitCode != 0)
            throw new DemoException($"the service ended with exit code {exitCode} after SIGTERM, expected 0");
        Say($"\nDone: {_answers} answers, all as expected; the service ended with exit code 0.");
    }

    private async Task AskAsync(IReadOnlyList<Question> questions, int shown = int.MaxValue, bool atOnce = false)
    {
        var table = new Table("question", "call", "answer");
        var wrong = new List<string>();
        var pending = atOnce ? questions.Select(AskAsync).ToArray() : null;
        for (var i = 0; i < questions.Count; i++)
        {
            var question = questions[i];
            var answer = await (pending?[i] ?? AskAsync(question));
            _answers++;
            if (i < shown)
                table.Add(question.Text, question.Call, answer);
            if (answer != question.Expected)
                wrong.Add($"\"{question.Text}\" was answered \"{answer}\", expected \"{question.Expected}\"");
        }

        if (shown > 0)
            Say(table.ToString());
        if (wrong.Count > 0)
            throw new DemoException(string.Join("\ndemo: ", wrong));
    }

    private async Task<string> AskAsync(Question question)
    {
        try
        {
            var deadline = TimeProvider.System.GetUtcNow().UtcDateTime + Deadline;
            return await question.AskAsync(_client, new CallOptions(deadline: deadline, cancellationToken: _cancellation));
        }
        catch (RpcException e) when (!_cancellation.IsCancellationRequested)
        {
            return $"{e.StatusCode}: {e.Status.Detail}";
        }
    }

    private async Task<HttpStatusCode> StatusAsync(string path)
    {
        using var response = await _sidecar.GetAsync(path);
        return response.StatusCode;
    }

    // What the shell happens to have set must not change the demo.
    private static Dictionary<string, string?> Variables(Uri cloud)
    {
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var setting in Settings.All)
        {
            variables[setting.Name] = null;
            variables[setting.Name + "_FILE"] = null;
        }

        variables[Settings.ServerApiKey.Name] = EmulatorProcess.ApiKey;
        variables[Settings.EdgeApiUrl.Name] = cloud.GetLeftPart(UriPartial.Authority);
        variables[Settings.ApiUrl.Name] = cloud.GetLeftPart(UriPartial.Authority);
        variables[Settings.WsUrl.Name] = new UriBuilder(cloud) { Scheme = Uri.UriSchemeWs }.Uri.ToString();
        variables[Settings.EntitlementsFallback.Name] = Questions.GlobalFallbacks;
        variables[Settings.GrpcPort.Name] = "0";
        variables[Settings.HttpPort.Name] = "0";
        variables[Settings.GrpcBind.Name] = "127.0.0.1";
        variables[Settings.MetricsPort.Name] = "0";
        variables[Settings.MetricsBind.Name] = "127.0.0.1";
        variables[Settings.DiagnosticsPort.Name] = "0";
        variables[Settings.DiagnosticsToken.Name] = Manual.Token;
        // Nothing in front of it has to notice.
        variables[Settings.ShutdownDrainSeconds.Name] = "0";
        return variables;
    }

    // What was read before the stream of updates was up is read again: that is not what the first acts are about.
    private static async Task WaitForStreamAsync(SidecarProcess sidecar, CancellationToken cancellation)
    {
        for (var watch = Stopwatch.StartNew(); await sidecar.CounterAsync("sidecar_stream_up") == 0;)
        {
            if (watch.Elapsed > StreamPatience)
                throw new DemoException($"the stream of updates was not up within {StreamPatience.TotalSeconds:0} s");
            await Task.Delay(StreamPause, cancellation);
        }
    }

    private static async Task WaitForInterruptAsync(CancellationToken cancellation)
    {
        try
        {
            await Task.Delay(Timeout.Infinite, cancellation);
        }
        catch (OperationCanceledException)
        {
            Say("\nStopped.");
        }
    }

    private static void Say(string text) => Console.WriteLine(text);
}
