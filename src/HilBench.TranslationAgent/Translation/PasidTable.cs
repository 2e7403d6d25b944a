using System.Diagnostics.CodeAnalysis;
using HilBench.Journal;
using HilBench.Memory;
using HilBench.Pcie;

namespace HilBench.TranslationAgent;

/// <summary>Which address space each PASID of the function stands for.</summary>
public sealed class PasidTable(EventJournal journal)
{
    private readonly Dictionary<uint, AddressSpace> _byPasid = [];

    /// <summary>The function whose table it is.</summary>
    public RequesterId Function { get; set; }

    /// <summary>The address space of requests without a PASID; null: they have none.</summary>
    public AddressSpace? WithoutPasid { get; private set; }

    /// <summary>Contexts that are bound, the one without PASID included.</summary>
    public int Count => _byPasid.Count + (WithoutPasid is null ? 0 : 1);

    /// <summary>The address space of a PASID.</summary>
    /// <param name="pasid">Null for a request without a PASID.</param>
    public AddressSpace? Find(Pasid? pasid) =>
        pasid is { } value ? _byPasid.GetValueOrDefault(value.Value) : WithoutPasid;

    /// <summary>Every bound PASID with its address space; <see cref="InvalidationRecord.NoPasid"/> for requests without one.</summary>
    public IEnumerable<KeyValuePair<uint, AddressSpace>> All => WithoutPasid is null
        ? _byPasid
        : _byPasid.Append(KeyValuePair.Create(InvalidationRecord.NoPasid, WithoutPasid));

    /// <summary>Whether any PASID stands for the address space with this id.</summary>
    public bool IsBound(uint addressSpaceId, [NotNullWhen(true)] out AddressSpace? space)
    {
        space = WithoutPasid?.Id == addressSpaceId ? WithoutPasid : null;
        foreach (var bound in _byPasid.Values)
        {
            space = bound.Id == addressSpaceId ? bound : space;
        }

        return space is not null;
    }

    /// <summary>Lets a PASID (null: requests without one) stand for an address space; null unbinds it.</summary>
    public void Bind(Pasid? pasid, AddressSpace? space)
    {
        if (pasid is not { } value)
        {
            WithoutPasid = space;
        }
        else if (space is null)
        {
            _byPasid.Remove(value.Value);
        }
        else
        {
            _byPasid[value.Value] = space;
        }

        var record = new PasidBindingRecord(pasid?.Value ?? InvalidationRecord.NoPasid, space?.Id ?? 0, Function.Value);
        journal.Append(JournalKind.PasidBinding, in record);
    }
}
