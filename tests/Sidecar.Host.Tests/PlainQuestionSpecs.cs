using FluentAssertions;
using Google.Protobuf;
using Grpc.Core;
using Sidecar.Host.Facade;
using Sidecar.Protocol.Entitlements;
using Stigg.Sidecar.V1;
using Xunit;
using Form = Sidecar.Host.Facade.PlainQuestion.Form;

namespace Sidecar.Host.Tests;

/// <summary>What is read as a plain question is what the generated parser reads; anything else is left to that.</summary>
public sealed class PlainQuestionSpecs
{
    private const int Rounds = 20_000;

    // Plain ones, and others: empty, not ASCII, too long for a short length.
    private static readonly string[] Ids = ["c", "customer-1", "a b", "feature", "", "zoë", "\u6f22", "\0", new string('x', 127), new string('x', 128), new string('x', 1025)];

    public static TheoryData<int> Kinds => [.. Enumerable.Range(0, All.Length)];

    private static Kind[] All { get; } =
    [
        Of(Form.AnyKind, GetEntitlementRequest.Parser, Requests.Query, (r, id, f) => new() { CustomerId = id, FeatureId = f, Options = Options(r) }, (it, id) => it.ResourceId = id),
        Of(Form.V2, GetEntitlementV2Request.Parser, Requests.Query, V2, (it, id) => it.ResourceId = id),
        Of(Form.OneKind, GetBooleanEntitlementRequest.Parser, Requests.Query, Boolean, (it, id) => it.ResourceId = id),
        Of(Form.OneKind, GetNumericEntitlementRequest.Parser, Requests.Query, Numeric, (it, id) => it.ResourceId = id),
        Of(Form.Metered, GetMeteredEntitlementRequest.Parser, Requests.Query, Metered, (it, id) => it.ResourceId = id),
        Of(Form.OneKind, GetEnumEntitlementRequest.Parser, Requests.Query, Enumerated, (it, id) => it.ResourceId = id),
        Of(Form.List, GetEntitlementsRequest.Parser, it => new(Requests.Entry(it), ""), (_, id, _) => new() { CustomerId = id }, (it, id) => it.ResourceId = id),
        Of(Form.List, GetEntitlementsStateV2Request.Parser, it => new(Requests.Entry(it), ""), (_, id, _) => new() { CustomerId = id }, (it, id) => it.ResourceId = id),
    ];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_is_read_is_what_the_generated_parser_reads(int kind)
    {
        var random = new Random(kind);
        var read = 0;
        for (var i = 0; i < Rounds; i++)
        {
            var bytes = All[kind].Make(random);
            if (i % 2 == 1)
                bytes = Damaged(bytes, random);
            if (Agrees(All[kind], bytes))
                read++;
        }

        // Else nothing was tried.
        read.Should().BeGreaterThan(Rounds / 50);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_is_no_message_at_all_is_left(int kind)
    {
        var random = new Random(kind);
        for (var i = 0; i < Rounds; i++)
        {
            var bytes = new byte[random.Next(24)];
            random.NextBytes(bytes);
            Agrees(All[kind], bytes);
        }

        PlainQuestion.TryRead([], All[kind].Form, out _).Should().BeFalse();
    }

    [Fact]
    public void Plain_question_is_read()
    {
        var request = new GetMeteredEntitlementRequest { CustomerId = "c", FeatureId = "f", ResourceId = "r", Options = new() { RequestedUsage = 2.5 } };

        PlainQuestion.TryRead(request.ToByteArray(), Form.Metered, out var question).Should().BeTrue();

        (question.CustomerId, question.FeatureId, question.ResourceId, question.RequestedUsage).Should().Be(("c", "f", "r", 2.5));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Usage_that_is_no_number_is_left(double usage)
    {
        var request = new GetMeteredEntitlementRequest { CustomerId = "c", FeatureId = "f", Options = new() { RequestedUsage = usage } };

        PlainQuestion.TryRead(request.ToByteArray(), Form.Metered, out _).Should().BeFalse();
    }

    [Fact]
    public void Fallback_is_left()
    {
        var request = new GetBooleanEntitlementRequest { CustomerId = "c", FeatureId = "f", Options = new() { Fallback = new() { HasAccess = true } } };

        PlainQuestion.TryRead(request.ToByteArray(), Form.OneKind, out _).Should().BeFalse();
    }

    [Fact]
    public void Field_that_is_there_twice_is_left()
    {
        var request = new GetEntitlementsRequest { CustomerId = "c" }.ToByteArray();

        PlainQuestion.TryRead([.. request, .. request], Form.List, out _).Should().BeFalse();
    }

    // Whether it was read; then the parser reads the same.
    private static bool Agrees(Kind kind, byte[] bytes)
    {
        if (!PlainQuestion.TryRead(bytes, kind.Form, out var plain))
            return false;
        EntitlementQuery query;
        try
        {
            query = kind.Parse(bytes);
        }
        catch (RpcException) when (plain.FeatureId is null)
        {
            // A feature that is missing is seen by who asked for the reading.
            return false;
        }

        (query.Key, query.RequestedUsage, query.Fallback).Should().Be((new EntryKey(plain.CustomerId, plain.ResourceId), plain.RequestedUsage, null));
        query.Id.Should().Be(plain.FeatureId ?? "");
        (query.RequestedValues ?? []).Should().BeEmpty();
        return true;
    }

    private static byte[] Damaged(byte[] bytes, Random random)
    {
        List<byte> damaged = [.. bytes];
        for (var i = random.Next(3); i >= 0 && damaged.Count > 0; i--)
        {
            var at = random.Next(damaged.Count);
            switch (random.Next(4))
            {
                case 0:
                    damaged[at] = (byte)random.Next(256);
                    break;
                case 1:
                    damaged.RemoveRange(at, damaged.Count - at);
                    break;
                case 2:
                    damaged.Insert(at, (byte)random.Next(32));
                    break;
                default:
                    damaged.AddRange(bytes.Skip(at));
                    break;
            }
        }

        return [.. damaged];
    }

    private static Kind Of<T>(
        Form form, MessageParser<T> parser, Func<T, EntitlementQuery> read, Func<Random, string, string, T> make, Action<T, string> setResource)
        where T : IMessage<T> => new(
            form,
            bytes => read(parser.ParseFrom(bytes)),
            random =>
            {
                var message = make(random, One(random), One(random));
                if (random.Next(3) == 0)
                    setResource(message, One(random));
                return message.ToByteArray();
            });

    private static string One(Random random) => Ids[random.Next(3) > 0 ? random.Next(4) : random.Next(Ids.Length)];

    private static double Usage(Random random) => random.Next(8) == 0 ? double.NaN : random.Next(100);

    private static GetEntitlementOptions? Options(Random random)
    {
        if (random.Next(2) == 0)
            return null;
        var options = new GetEntitlementOptions();
        if (random.Next(2) == 0)
            options.RequestedUsage = Usage(random);
        if (random.Next(4) == 0)
            options.RequestedValues.Add(One(random));
        if (random.Next(4) == 0)
            options.Fallback = new();
        return options;
    }

    private static GetEntitlementV2Request V2(Random random, string customer, string feature)
    {
        var request = new GetEntitlementV2Request { CustomerId = customer, Options = Options(random) };
        if (random.Next(4) > 0)
            request.FeatureId = feature;
        if (random.Next(4) == 0)
            request.CurrencyId = One(random);
        return request;
    }

    private static GetBooleanEntitlementRequest Boolean(Random random, string customer, string feature) => new()
    {
        CustomerId = customer,
        FeatureId = feature,
        Options = random.Next(2) == 0 ? null : new() { Fallback = random.Next(2) == 0 ? null : new() },
    };

    private static GetNumericEntitlementRequest Numeric(Random random, string customer, string feature) => new()
    {
        CustomerId = customer,
        FeatureId = feature,
        Options = random.Next(2) == 0 ? null : new() { Fallback = random.Next(2) == 0 ? null : new() { Value = 1 } },
    };

    private static GetMeteredEntitlementRequest Metered(Random random, string customer, string feature)
    {
        var request = new GetMeteredEntitlementRequest { CustomerId = customer, FeatureId = feature };
        if (random.Next(2) == 0)
            request.Options = new() { RequestedUsage = Usage(random), Fallback = random.Next(2) == 0 ? null : new() };
        return request;
    }

    private static GetEnumEntitlementRequest Enumerated(Random random, string customer, string feature)
    {
        var request = new GetEnumEntitlementRequest { CustomerId = customer, FeatureId = feature };
        if (random.Next(2) == 0)
            request.Options = new();
        if (random.Next(4) == 0)
            request.Options = new() { RequestedValues = { One(random) } };
        return request;
    }

    private sealed record Kind(Form Form, Func<byte[], EntitlementQuery> Parse, Func<Random, byte[]> Make);
}
