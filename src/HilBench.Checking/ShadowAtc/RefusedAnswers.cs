using System.Numerics;

namespace HilBench.Checking;

/// <summary>
/// The last answers from which a device may take nothing: refused, damaged, forged, too late. They explain a translated
/// request that no translation permits.
/// </summary>
internal sealed class RefusedAnswers(CommandTable commands)
{
    private const int Capacity = 64;
    private readonly RefusedAnswer[] _answers = new RefusedAnswer[Capacity];
    private int _next;
    private int _kept;

    public void Clear()
    {
        Array.Clear(_answers);
        _kept = 0;
    }

    /// <summary>The device was given an answer of which it may use nothing.</summary>
    public void Add(in RefusedAnswer answer)
    {
        answer.Rule.Checked++;
        _kept += _answers[_next].Pages > 0 ? 0 : 1;
        _answers[_next] = answer;
        _next = (_next + 1) % Capacity;
    }

    /// <summary>A translation of the page was granted: whatever comes now may come of that.</summary>
    public void Forget(ulong page, uint pasid)
    {
        if (_kept == 0)
        {
            return;
        }

        foreach (ref var answer in _answers.AsSpan())
        {
            if (answer.Pages > 0 && answer.IsAbout(page, pasid))
            {
                answer.Pages = 0;
                _kept--;
            }
        }
    }

    /// <summary>Finds the answer whose use a translated request shows: by its address, else by the operation that is under way.</summary>
    public bool TryExplain(ulong pa, out RefusedAnswer found)
    {
        for (var i = 1; i <= Capacity; i++)
        {
            found = _answers[(_next + Capacity - i) % Capacity];
            if (found.Pages > 0 && found.Names(pa))
            {
                return true;
            }
        }

        for (var i = 1; i <= Capacity; i++)
        {
            found = _answers[(_next + Capacity - i) % Capacity];
            if (found.Pages > 0 && IsWanted(in found))
            {
                return true;
            }
        }

        found = default;
        return false;
    }

    private bool IsWanted(in RefusedAnswer answer)
    {
        for (var rest = commands.Active; rest != 0; rest &= rest - 1)
        {
            ref readonly var record = ref commands[BitOperations.TrailingZeroCount(rest)].Record;
            var last = record.Va + (ulong)record.LengthBytes - 1;
            if (!record.IsUntranslated && record.Pasid == answer.Pasid && record.Va >> 12 < (answer.Page >> 12) + (ulong)answer.Pages && last >= answer.Page)
            {
                return true;
            }
        }

        return false;
    }
}
