using System.Globalization;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Entries;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Diagnostics;

/// <summary>Puts together what is known of an entry. It reads what everybody may read, and changes nothing.</summary>
/// <param name="services">What all actors share.</param>
/// <param name="fallback">The global fallback of a feature, or null.</param>
internal sealed class CustomerReporter(ActorServices services, Func<string, Fallback?> fallback)
{
    private readonly record struct Views(EntitlementView? View, EntitlementView? Customer);

    /// <summary>Reports.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="owner">The node that owns it, in words.</param>
    /// <param name="actor">How its actor stands.</param>
    public CustomerReport Of(Customer request, string owner, ActorDescription actor)
    {
        var key = request.Key;
        var now = services.Clock.Now;
        var held = services.Cache.Find(key.CustomerId);
        var views = new Views(held?.Find(key.ResourceId), key.ResourceId is null ? null : held?.Own);
        var isExplained = request.Question is null;
        return new CustomerReport(
            key.CustomerId,
            key.ResourceId,
            CustomerShards.NumberOf(key.CustomerId),
            owner,
            Next(views, key.ResourceId is not null, now),
            ViewOf(views.View, now),
            ViewOf(views.Customer, now),
            actor,
            services.Failures.Find(key) is { } failed ? SummaryReporter.FailureOf(failed.Failure, failed.At, services) : null,
            isExplained ? [.. Entitlements(views, key, now)] : [],
            isExplained ? Math.Max(0, (views.View?.State.Count ?? 0) - CustomerReport.MostEntitlements) : 0,
            request.Question is { } question ? QuestionOf(question, views, now) : null,
            held is null ? [] : [.. held.Resources.Select(one => one.ResourceId).Order(StringComparer.Ordinal).Take(CustomerReport.MostResources)]);
    }

    private NextReport Next(in Views views, bool isOfResource, in Moment now)
    {
        var isSuspended = services.Cloud.IsSuspended;
        if (views.View is not { } view)
        {
            return new NextReport("unknown", "memory holds nothing of it", isSuspended
                ? "what its owner node or Redis holds, where there is one; else, since reads from the cloud are suspended, a fallback"
                : $"the answer of its owner node, of Redis or of a read from the cloud, within {Seconds(CloudSettings.ReadGuard)}; then a fallback");
        }

        var (stream, epoch) = (services.Cache.Stream, services.Cache.NodeEpoch);
        var trust = isOfResource
            ? services.Freshness.Judge(view, views.Customer, now, stream, epoch)
            : services.Freshness.Judge(view, now, stream, epoch);
        var why = TrustReason.Of(view, views.Customer, isOfResource, now, stream, epoch, services.Freshness);
        var isNotRead = isSuspended && view.Lease is not { Owner: not null };
        return new NextReport(Word(trust.ToString()), why, trust switch
        {
            Freshness.Fresh => "the answer from memory at once",
            Freshness.Revalidate when isNotRead => "the answer from memory at once; reads from the cloud are suspended",
            Freshness.Revalidate => "the answer from memory at once; it is read again behind that",
            _ when isNotRead => "the last known answer at once, since reads from the cloud are suspended",
            Freshness.Suspect => $"a read first, for {Seconds(services.RevalidateWait)} at most; then the last known answer",
            _ => $"a read first, for {Seconds(CloudSettings.ReadGuard)} at most; then the last known answer",
        });
    }

    private static ViewReport? ViewOf(EntitlementView? view, in Moment now)
    {
        if (view is null)
            return null;
        var state = view.State;
        var age = now.Uptime - view.ReadStartedAt;
        return new ViewReport(
            NameOf(view.SetOrigin),
            NameOf(view.UsageOrigin),
            now.Utc - age,
            Milliseconds(age),
            state.IsEmpty ? null : Dated(state.UpdatedAt),
            state.ValidUntil,
            !state.IsUnknown,
            state.AccessDeniedReason is { } reason ? EntitlementExplainer.WordOf(reason) : null,
            view.IsInvalidated,
            view.IsUnconfirmed,
            view.IsUndecided,
            view.Lease is { } lease ? new LeaseReport(lease.Owner?.Name, lease.Owner is { IsLost: true }, Milliseconds(lease.Until - now.Uptime)) : null,
            state.Count,
            view.OwnSize + state.OwnSize);
    }

    private IEnumerable<EntitlementReport> Entitlements(Views views, EntryKey key, Moment now)
    {
        if (views.View is not { } view)
            yield break;
        foreach (var entitlement in view.State.All().Take(CustomerReport.MostEntitlements))
        {
            var query = new EntitlementQuery(key, entitlement.Id, entitlement is CreditEntitlement ? EntitlementKind.Credit : EntitlementKind.Unknown);
            var explained = Explain(query, views, now);
            yield return new EntitlementReport(
                entitlement.Id,
                Word(entitlement.Kind.ToString()),
                LimitOf(entitlement),
                entitlement.Usage.Current,
                Dated(entitlement.Usage.UpdatedAt),
                entitlement.Usage.PeriodEnd,
                entitlement.UpdatedAt,
                entitlement.ValidUntil,
                explained.Answer.HasAccess,
                StepsOf(explained));
        }
    }

    private QuestionReport QuestionOf(in EntitlementQuery question, in Views views, in Moment now)
    {
        var query = question.Kind == EntitlementKind.Unknown && views.View is { } view
            && view.State.FindFeature(question.Id) is null && view.State.FindCredit(question.Id) is not null
                ? question with { Kind = EntitlementKind.Credit }
                : question;
        var explained = Explain(query, views, now);
        return new QuestionReport(
            query.Id,
            query.RequestedUsage,
            query.RequestedValues,
            explained.Answer.HasAccess,
            explained.Answer.IsFallback,
            explained.Answer.AccessDeniedReason is { } reason ? EntitlementExplainer.WordOf(reason) : null,
            StepsOf(explained));
    }

    private Explanation Explain(in EntitlementQuery query, in Views views, in Moment now) => EntitlementExplainer.Explain(
        views.View?.State, views.Customer?.State, query, query.Kind == EntitlementKind.Credit ? null : fallback(query.Id), now.Utc);

    private static IReadOnlyList<StepReport> StepsOf(Explanation explanation) =>
        [.. explanation.Steps.Select(step => new StepReport(step.Rule, step.Finding, Word(step.Outcome.ToString())))];

    private static string LimitOf(Entitlement entitlement)
    {
        var limit = entitlement switch
        {
            FeatureEntitlement { HasUnlimitedUsage: true } => "unlimited",
            FeatureEntitlement { EnumValues: { Count: > 0 } values } => string.Join(", ", values.Take(20)) + (values.Count > 20 ? ", …" : ""),
            { UsageLimit: { } number } => number.ToString(CultureInfo.InvariantCulture),
            _ => "none",
        };
        return entitlement.HasSoftLimit ? limit + " (soft)" : limit;
    }

    private static string NameOf(Origin origin) => Word(origin.ToString());

    // 1970 stands for no date at all.
    private static DateTimeOffset? Dated(DateTimeOffset date) => date <= DateTimeOffset.UnixEpoch ? null : date;

    private static string Word(string name) => char.ToLowerInvariant(name[0]) + name[1..];

    private static long Milliseconds(TimeSpan time) => time > TimeSpan.Zero ? (long)time.TotalMilliseconds : 0;

    private static string Seconds(TimeSpan time) => $"{time.TotalSeconds.ToString("0.##", CultureInfo.InvariantCulture)} s";
}
