using HilBench.Pcie;

namespace HilBench.Checking;

/// <summary>One Invalidate Request as the wire showed it.</summary>
internal struct Invalidation
{
    public AtsRange Range;
    public uint Pasid;
    public bool IsGlobal;
    public byte Tag;
    public ulong SentAt;

    /// <summary>When the device took it; <see cref="ulong.MaxValue"/> while it is on its way.</summary>
    public ulong DeliveredAt;
    public ulong CompletedAt;
    public ulong RequestLine;
    public ulong CompletionLine;

    /// <summary>More requests were outstanding than the Invalidate Queue Depth when it was sent.</summary>
    public bool IsBeyondDepth;

    /// <summary>Another outstanding request names an overlapping range.</summary>
    public bool IsOverlapping;

    /// <summary>ATS Enable and Bus Master Enable when it was sent.</summary>
    public bool IsAtsEnabled;
    public bool IsBusMaster;
    public bool HasReservedBits;

    /// <summary>The function was in D3hot when it was sent.</summary>
    public bool IsPoweredDown;

    /// <summary>Page Requests were out when it was sent.</summary>
    public bool HasPageRequests;

    /// <summary>Bit i: translated requests had used traffic class i when it was sent.</summary>
    public uint ClassesInUse;

    /// <summary>Bit i: its completion in traffic class i has come.</summary>
    public uint CompletedClasses;

    /// <summary>When it was sent, a translated read was out that used a translation it matched.</summary>
    public bool HoldsReads;

    /// <summary>The Global Invalidate bit, whether or not the function knows it.</summary>
    public bool HasGlobalBit;

    /// <summary>"Everything" was said with all ones in 63:11.</summary>
    public bool IsAllOnes;

    /// <summary>It came in the same cycle as another.</summary>
    public bool IsBackToBack;

    /// <summary>It carried a digest.</summary>
    public bool HasDigest;

    /// <summary>What is wrong with it; null: nothing.</summary>
    public RuleCounter? MalformedRule;

    /// <summary>Translations that it matched.</summary>
    public int Matched;

    public readonly bool Matches(in Grant grant)
    {
        if (IsGlobal || Pasid == Grant.NoPasid || Pasid == grant.Pasid || grant.IsGlobal)
        {
            var coarse = Math.Max(Range.SizeShift, grant.Shift);
            return coarse >= 64 || (Range.Base ^ grant.Va) >> coarse == 0;
        }

        return false;
    }
}
