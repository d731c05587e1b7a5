using GraphQLParser.AST;
using Sidecar.Emulator.Api;

namespace Sidecar.Emulator.Updates;

/// <summary>The subscriptions of one client. Safe for many threads.</summary>
internal sealed class SocketSubscriptions(int connection, SocketOutput output, UpdateCounters counts)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Subscription> _byId = new(StringComparer.Ordinal);
    private bool _ended;

    /// <summary>Adds one, or tells the client why it can't be; false where the id is in use.</summary>
    public async Task<bool> AddAsync(ClientMessage.Subscribe subscribe, CancellationToken cancellationToken)
    {
        lock (_lock)
            if (_byId.ContainsKey(subscribe.Id))
                return false;
        Subscription subscription;
        try
        {
            var document = await ApiDocument.ReadAsync(
                subscribe.Query, subscribe.OperationName, subscribe.Variables, WhyNot, cancellationToken);
            subscription = Subscription.Of(document);
        }
        catch (ApiRefusalException wrong)
        {
            counts.SubscriptionRefused();
            output.Send(ServerMessage.Error(subscribe.Id, wrong.Problems));
            return true;
        }
        lock (_lock)
        {
            if (_ended)
                return true;
            _byId.Add(subscribe.Id, subscription);
            counts.Subscribed(connection, subscription.Kind, subscription.Operation);
        }
        return true;
    }

    /// <summary>Ends one at the client's wish; one that has ended already crossed with it.</summary>
    public void Remove(string id)
    {
        lock (_lock)
            if (_byId.Remove(id, out var subscription))
                counts.Unsubscribed(connection, subscription.Kind);
    }

    /// <summary>Sends an update to those who subscribed to its kind, and returns how many they are.</summary>
    public int Deliver(Update update)
    {
        lock (_lock)
            return _byId.Count(entry =>
                entry.Value.Kind == update.Kind && output.Send(ServerMessage.Next(entry.Key, entry.Value.Selection, update)));
    }

    /// <summary>Ends all with a last message to each, and returns how many they were.</summary>
    public int EndAll(Func<string, ReadOnlyMemory<byte>> last)
    {
        lock (_lock)
        {
            var told = _byId.Keys.Count(id => output.Send(last(id)));
            Forget();
            return told;
        }
    }

    /// <summary>Ends all, and any that would be added.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _ended = true;
            Forget();
        }
    }

    private void Forget()
    {
        foreach (var subscription in _byId.Values)
            counts.Unsubscribed(connection, subscription.Kind);
        _byId.Clear();
    }

    private static string? WhyNot(OperationType type) =>
        type is OperationType.Subscription ? null : $"a {type} can't be asked for over a WebSocket";

    private sealed record Subscription(UpdateKind Kind, string Operation, Selection Selection)
    {
        /// <exception cref="ApiRefusalException">It is none of those that the cloud has.</exception>
        public static Subscription Of(ApiDocument document)
        {
            if (document.Operation.SelectionSet.Selections is not [GraphQLField field]
                || !UpdateFields.Kinds.TryGetValue(field.Name.StringValue, out var kind))
            {
                var fields = string.Join(", ", UpdateFields.Kinds.Keys.Order(StringComparer.Ordinal));
                throw new ApiRefusalException($"a subscription has to ask for exactly one of {fields}");
            }
            return new Subscription(kind, document.Operation.Name?.StringValue ?? field.Name.StringValue, Selection.Of(document));
        }
    }
}
