using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Grpc.Core;
using Sidecar.Emulator;
using Sidecar.Emulator.Control;
using Sidecar.Emulator.Data;
using Sidecar.Interop.Tests.Clients;
using Sidecar.Testing;
using Xunit;

namespace Sidecar.Interop.Tests;

/// <summary>
/// One service beside one emulated cloud, and every client taking all its steps there, once. At the end the table of clients and cases is
/// written to a file, which <c>./test</c> prints.
/// </summary>
public sealed class InteropRun : IAsyncLifetime
{
    private const string ApiKey = "server-key-of-the-interop-suite";
    private const string Pattern = "customer-demo";
    private const int LateCustomers = 3;

    // Far behind each deadline that is to pass, and before the service takes the cloud for one that hangs.
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, Task<IReadOnlyList<StepResult>>> _results = new(StringComparer.Ordinal);
    private readonly ImmutableDictionary<(string Client, string Case), string>.Builder _cells =
        ImmutableDictionary.CreateBuilder<(string Client, string Case), string>();

    private CloudEmulator _cloud = null!;
    private SidecarProcess _service = null!;

    /// <summary>Where the service is.</summary>
    public Uri Service => _service.GrpcAddress;

    /// <summary>Where the service answers over HTTP.</summary>
    public Uri HttpService => _service.HttpAddress;

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        _cloud = await CloudEmulator.StartAsync(new EmulatorOptions { ApiKey = ApiKey, Data = Data() }, CancellationToken.None);
        foreach (var client in InteropClients.All)
        {
            _cloud.Control.PutCustomer(CustomerOf(client.Name), _cloud.Control.FindCustomer(Pattern)!);
            for (var i = 0; i < LateCustomers; i++)
                _cloud.Control.Faults.Add(FaultRule.Late(Late) with { CustomerId = LateCustomerOf(client.Name) + "-" + i });
        }

        var cloud = _cloud.Address.GetLeftPart(UriPartial.Authority);
        _service = await SidecarProcess.StartAsync(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["SERVER_API_KEY"] = ApiKey,
            ["EDGE_API_URL"] = cloud,
            ["API_URL"] = cloud,
            ["HTTP_PORT"] = "0",
            ["WS_ENABLED"] = "true",
            ["WS_URL"] = new UriBuilder(_cloud.Address) { Scheme = Uri.UriSchemeWs }.Uri.ToString(),
        });
        foreach (var client in InteropClients.All.Where(client => client.Missing is null))
            _results[client.Name] = Task.Run(() => client.TakeAsync(Service, [.. StepsOf(client.Name).Select(step => step.Prepared)]));
    }

    /// <summary>Asserts that a client got what a case expects.</summary>
    public async Task CheckAsync(string client, string caseName)
    {
        var wrong = InteropClients.Named(client).Missing ?? await WrongAsync(client, InteropCases.Named(caseName));
        _cells[(client, caseName)] = wrong is null ? "ok" : "FAILED";
        if (wrong is not null)
            Assert.Fail($"{client}, {caseName}: {wrong}");
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        // What became of them the cases have told.
        await ((Task)Task.WhenAll(_results.Values)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _service.DisposeAsync();
        await _cloud.DisposeAsync();
        await File.WriteAllTextAsync(
            Path.Combine(Directory.CreateDirectory(Repository.At("artifacts", "test-results")).FullName, "Sidecar.Interop.Tests.report"),
            Table.Of(_cells.ToImmutable()));
    }

    private async Task<string?> WrongAsync(string client, InteropCase one)
    {
        IReadOnlyList<StepResult> results;
        try
        {
            results = await _results[client];
        }
        catch (Exception e) when (e is InvalidOperationException or TimeoutException or System.ComponentModel.Win32Exception)
        {
            return e.Message;
        }

        foreach (var (taken, result) in StepsOf(client).Zip(results).Where(pair => pair.First.Case == one))
        {
            var step = taken.Prepared.Step;
            if (Wrong(client, step, result) is { } wrong)
                return $"step {taken.Position + 1}, {step.Call}: {wrong}";
        }
        return one.Counted?.Invoke(_cloud.Control.Ledger, CustomerOf(client));
    }

    private static string? Wrong(string client, InteropStep step, StepResult result)
    {
        if (result.Code != step.Code)
            return $"the status is {result.Code} \"{result.Message}\", expected {step.Code}";
        if (step.Code != StatusCode.OK)
        {
            return step.Message is { } words && result.Message?.Contains(words, StringComparison.Ordinal) is not true
                ? $"the status message is \"{result.Message}\", expected one with \"{words}\""
                : null;
        }
        return Expectation.Difference(JsonNode.Parse(For(client, step.Answer ?? "{}")), result.Answer);
    }

    private static IEnumerable<(InteropCase Case, int Position, PreparedStep Prepared)> StepsOf(string client) =>
        from one in InteropCases.All
        where one.IsFor(client)
        from indexed in one.Steps.Index()
        let step = indexed.Item
        select (one, indexed.Index, new PreparedStep(
            $"{one.Name}, step {indexed.Index + 1}",
            step,
            step.Request is { } request ? For(client, request) : null,
            step.Raw?.Invoke(CustomerOf(client))));

    private static string For(string client, string json) => json
        .Replace(InteropStep.Customer, CustomerOf(client), StringComparison.Ordinal)
        .Replace(InteropStep.LateCustomer, LateCustomerOf(client), StringComparison.Ordinal);

    private static string CustomerOf(string client) => $"customer-{client}";

    private static string LateCustomerOf(string client) => $"customer-late-{client}";

    // The demo's, and a customer with very many features. Their ids are long, or it would take so many of them that the cloud's answer
    // is above what the service reads.
    private static EmulatorData Data()
    {
        var demo = EmulatorData.Demo(TimeProvider.System.GetUtcNow());
        var pattern = demo.Features["feature-sso"];
        var ids = Enumerable.Range(0, InteropCases.ManyEntitlements).Select(i => $"feature-{i:D500}").ToList();
        return demo with
        {
            Features = demo.Features.AddRange(ids.Select(id => KeyValuePair.Create(id, pattern))),
            Customers = demo.Customers.Add(
                InteropCases.LargeCustomer,
                demo.Customers["customer-without-plan"] with
                {
                    Entitlements = EmulatorData.Map<Grant>().AddRange(ids.Select(id => KeyValuePair.Create(id, new Grant()))),
                }),
        };
    }
}
