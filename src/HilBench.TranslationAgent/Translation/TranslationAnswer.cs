using HilBench.Pcie;

namespace HilBench.TranslationAgent;

/// <summary>Sends answers to Translation Requests, changed as <see cref="Tampering"/> says.</summary>
/// <param name="port">Where they go.</param>
/// <param name="agent">Requester ID of the translation agent.</param>
public sealed class TranslationAnswer(ITlpPort port, RequesterId agent)
{
    private const int PayloadBytesMax = 4096;
    private readonly byte[] _tlp = new byte[PayloadBytesMax + 64];
    private readonly byte[] _changed = new byte[PayloadBytesMax];
    private int _left;

    /// <summary>What is done to the answers; null: nothing.</summary>
    public AnswerTampering? Tampering
    {
        get;
        set
        {
            field = value;
            _left = value?.Times ?? 0;
        }
    }

    /// <summary>Answers with entries.</summary>
    /// <param name="request">The Translation Request.</param>
    /// <param name="entries">Whole entries of 8 bytes in wire order.</param>
    public void Send(in TlpView request, ReadOnlySpan<byte> entries)
    {
        var change = Tampering;
        if (change is null)
        {
            SendData(in request, entries, entries.Length, isPoisoned: false);
            return;
        }

        if (change.Times > 0 && --_left == 0)
        {
            Tampering = null;
        }

        Forge(in request, change);
        var status = change.Status ?? CompletionStatus.SuccessfulCompletion;
        if (change.HasNoData || (status != CompletionStatus.SuccessfulCompletion && !change.HasDataAnyway))
        {
            SendStatus(in request, status);
            return;
        }

        var data = Changed(entries, change);
        var piece = change.SplitBytes > 0 ? change.SplitBytes : Math.Max(data.Length, 1);
        for (var done = 0; done < data.Length; done += piece)
        {
            var part = data.Slice(done, Math.Min(piece, data.Length - done));
            SendData(in request, part, change.ByteCount ?? data.Length - done, change.IsPoisoned, status);
        }
    }

    /// <summary>Answers without data.</summary>
    public void SendStatus(in TlpView request, CompletionStatus status)
    {
        var header = new CompletionHeader(agent, request.Requester, request.Tag, status);
        var options = new TlpOptions { TrafficClass = request.TrafficClass };
        port.Send(_tlp.AsSpan(0, TlpWriter.WriteCompletion(_tlp, in header, in options)), DownstreamClass.TranslationCompletion);
    }

    private ReadOnlySpan<byte> Changed(ReadOnlySpan<byte> entries, AnswerTampering change)
    {
        var count = Math.Min(entries.Length / TranslationEntry.SizeBytes, change.Entries ?? int.MaxValue);
        var bytes = Math.Clamp(count * TranslationEntry.SizeBytes + change.ExtraDws * 4, 4, PayloadBytesMax);
        Array.Clear(_changed, 0, bytes);
        for (var i = 0; i < count; i++)
        {
            AtsPayload.TryRead(entries[(i * TranslationEntry.SizeBytes)..], out var bits);
            AtsPayload.Write(_changed.AsSpan(i * TranslationEntry.SizeBytes), change.Change(new TranslationEntry(bits)).Bits);
        }

        return _changed.AsSpan(0, bytes);
    }

    private void Forge(in TlpView request, AnswerTampering change)
    {
        if (change.ForgedTag is null && change.ForgedRequester is null)
        {
            return;
        }

        var entry = TranslationEntry.From(AtsRange.Page(change.ForgedAddress), TranslationFlags.R | TranslationFlags.W);
        AtsPayload.Write(_changed, entry.Bits);
        var header = new CompletionHeader(
            agent, change.ForgedRequester ?? request.Requester, change.ForgedTag ?? request.Tag, ByteCount: TranslationEntry.SizeBytes);
        var size = TlpWriter.WriteCompletionWithData(_tlp, in header, _changed.AsSpan(0, TranslationEntry.SizeBytes));
        port.Send(_tlp.AsSpan(0, size), DownstreamClass.TranslationCompletion);
    }

    private void SendData(
        in TlpView request,
        ReadOnlySpan<byte> data,
        int byteCount,
        bool isPoisoned,
        CompletionStatus status = CompletionStatus.SuccessfulCompletion)
    {
        var header = new CompletionHeader(agent, request.Requester, request.Tag, status, byteCount);
        var options = new TlpOptions { TrafficClass = request.TrafficClass, IsPoisoned = isPoisoned };
        var size = TlpWriter.WriteCompletionWithData(_tlp, in header, data, in options);
        port.Send(_tlp.AsSpan(0, size), DownstreamClass.TranslationCompletion);
    }
}
